package io.chorale.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.SettingsException;
import io.chorale.config.Shown;
import io.chorale.io.Checksums;
import io.chorale.io.DataType;
import io.chorale.io.FloatVector;
import io.chorale.io.SafeTensorsHeader;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout.Entry;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The arrays of a published model, in one safetensors file or in several with an index. They are
 * compared with what is wanted by the headers of the files alone, before memory is taken; then each
 * file is read once, from its first byte to its last.
 */
final class HubArrays {
  static final String WEIGHTS = "model.safetensors";
  static final String INDEX = "model.safetensors.index.json";

  private static final int INDEX_LIMIT = 1 << 26;
  private static final int MOST_FILES = 10_000;
  private static final Pattern FILE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*\\.safetensors");

  /** Files that run code when they are read. */
  private static final Pattern PICKLE = Pattern.compile(".*\\.(bin|pt|pth|ckpt|pkl|pickle)");

  /** What older versions have written though it is computed: masks and wavelengths. */
  private static final Pattern COMPUTED =
      Pattern.compile(
          "(transformer\\.)?h\\.\\d+\\.attn\\.(bias|masked_bias)|.*\\.rotary_emb\\.inv_freq");

  private static final List<DataType> TYPES = List.of(DataType.F32, DataType.F16, DataType.BF16);

  private final Storage storage;
  private final Path folder;
  private final Map<Path, SafeTensorsHeader> files = new LinkedHashMap<>();
  private final Set<Entry> twice = new HashSet<>(); // parameters that are there under two names

  /**
   * Reads the headers of a model's files.
   *
   * @throws SettingsException where there are no such files, or they are not what they should be
   */
  HubArrays(Storage storage, Path folder) {
    this(storage, folder, WEIGHTS, "model.from");
  }

  /**
   * As {@link #HubArrays(Storage, Path)}, of one file of that name, or of a model's.
   *
   * @param key the setting that names the folder, for messages
   */
  HubArrays(Storage storage, Path folder, String file, String key) {
    this.storage = storage;
    this.folder = folder;
    if (exists(file)) {
      open(file);
    } else if (file.equals(WEIGHTS) && exists(INDEX)) {
      names().forEach(this::open);
    } else {
      throw none(file, key);
    }
  }

  /** The arrays of all files by their names. */
  Map<String, SafeTensorsHeader.Entry> there() {
    Map<String, SafeTensorsHeader.Entry> there = new HashMap<>();
    files.values().forEach(header -> there.putAll(header.arrays()));
    return there;
  }

  private boolean exists(String name) {
    return storage.exists(new Path(folder, name));
  }

  private SettingsException refused(String found, String expected, String advice) {
    return new SettingsException(
        "Cannot begin from %s: %s, expected %s. %s".formatted(folder, found, expected, advice));
  }

  private SettingsException none(String file, String key) {
    return storage.list(folder).stream()
        .map(FileStatus::getPath)
        .map(Path::getName)
        .filter(name -> PICKLE.matcher(name).matches())
        .sorted()
        .findFirst()
        .map(
            name ->
                refused(
                    "it has its parameters in %s, a pickle, which can run any code when it is read"
                        .formatted(Shown.of(name)),
                    file,
                    "Convert it where you trust it: load it by the library that wrote it, and save_pretrained there."))
        .orElseGet(
            () ->
                refused(
                    "it holds no " + file,
                    file.equals(WEIGHTS) ? "that or " + INDEX : "that",
                    "Check %s.".formatted(key)));
  }

  /** The files that the index names. */
  private TreeSet<String> names() {
    JsonNode map;
    try {
      map =
          JsonMapper.builder()
              .build()
              .readTree(storage.readFully(new Path(folder, INDEX), INDEX_LIMIT))
              .path("weight_map");
    } catch (IOException e) {
      throw refused("its %s is no JSON".formatted(INDEX), "an index", "Take the folder anew.");
    }
    TreeSet<String> names = new TreeSet<>();
    for (JsonNode file : map) {
      if (!FILE.matcher(file.asText()).matches()) {
        throw refused(
            "its %s names the file %s".formatted(INDEX, Shown.of(file.asText())),
            "safetensors files of the folder",
            "Take the folder anew.");
      }
      names.add(file.asText());
    }
    if (names.isEmpty() || names.size() > MOST_FILES) {
      throw refused(
          "its %s names %d files".formatted(INDEX, names.size()),
          "1 to " + MOST_FILES,
          "Take the folder anew.");
    }
    return names;
  }

  private void open(String name) {
    Path file = new Path(folder, name);
    if (!storage.exists(file)) {
      throw refused("it lacks the file " + name, "all that its index names", "Take it anew.");
    }
    long length = storage.status(file).getLen();
    SafeTensorsHeader header =
        storage.read(file, in -> SafeTensorsHeader.read(in, length, file.toString()));
    header
        .arrays()
        .keySet()
        .forEach(
            array -> {
              if (files.values().stream().anyMatch(known -> known.arrays().containsKey(array))) {
                throw refused(
                    "its array %s is in two files".formatted(Shown.of(array)),
                    "each in one",
                    "Take the folder anew.");
              }
            });
    files.put(file, header);
  }

  /**
   * The arrays by their names in the files.
   *
   * @param wanted as the library names them now
   * @param longer the name of an array of which only the first rows may be wanted
   * @param repeated those that may be there, too, with the numbers of one that is wanted
   * @throws SettingsException naming an array that is missing, of another shape or unknown
   */
  Map<String, MappedArray> checked(
      List<MappedArray> wanted, String longer, List<MappedArray> repeated) {
    Map<String, SafeTensorsHeader.Entry> there = there();
    String prefix = prefix(wanted, there);
    Map<String, MappedArray> found = new HashMap<>();
    List<MappedArray> all = new ArrayList<>(wanted);
    for (MappedArray array : repeated) {
      if (there.containsKey(array.name())) {
        all.add(array);
        twice.add(array.source().orElseThrow());
      }
    }
    for (MappedArray array : all) {
      String name =
          array.name().startsWith(prefix) ? array.name().substring(prefix.length()) : array.name();
      SafeTensorsHeader.Entry entry = there.remove(name);
      String expected = "%s, %s".formatted(name, array.shape());
      if (entry == null) {
        throw refused("it has no array " + name, expected, "Its config.json is another model's.");
      }
      boolean fits =
          entry.shape().equals(array.shape())
              || (array.name().equals(longer) && begins(entry.shape(), array.shape()));
      if (!fits) {
        throw refused(
            "its array %s is %s".formatted(name, entry.shape()),
            array.shape() + " by its config.json and train.context",
            "Set train.context to no more than its positions, or take the folder anew.");
      }
      if (!TYPES.contains(entry.type())) {
        throw refused(
            "its array %s is %s".formatted(name, entry.type()),
            "F32, F16 or BF16",
            "Take a model that is not quantised.");
      }
      found.put(name, array);
    }
    for (String name : there.keySet()) {
      if (!COMPUTED.matcher(name).matches()) {
        throw refused(
            "it has an array %s".formatted(Shown.of(name)),
            "those of its architecture alone",
            "It is another model: choose one whose config.json fits.");
      }
    }
    return found;
  }

  /** What stands before the names now, where the files were written before it did. */
  private static String prefix(
      List<MappedArray> wanted, Map<String, SafeTensorsHeader.Entry> there) {
    String first = wanted.get(0).name();
    String prefix = first.substring(0, first.indexOf('.') + 1);
    return there.containsKey(first) ? "" : prefix;
  }

  private static boolean begins(List<Long> found, List<Long> wanted) {
    return found.size() == 2 && found.get(1).equals(wanted.get(1)) && found.get(0) > wanted.get(0);
  }

  /**
   * Reads the files into a model's parameters.
   *
   * @param arrays as {@link #checked} has given them
   * @return the SHA-256 of the files, in their order
   */
  String read(Map<String, MappedArray> arrays, FloatVector parameters) {
    MessageDigest all = Checksums.sha256();
    Set<Entry> filled = new HashSet<>();
    files.forEach(
        (file, header) -> {
          byte[] sum =
              storage.read(
                  file, in -> read(in, header, arrays, parameters, filled, file.getName()));
          all.update(sum);
        });
    return HexFormat.of().formatHex(all.digest());
  }

  private byte[] read(
      InputStream in,
      SafeTensorsHeader header,
      Map<String, MappedArray> arrays,
      FloatVector parameters,
      Set<Entry> filled,
      String file)
      throws IOException {
    MessageDigest digest = Checksums.sha256();
    InputStream digested = new DigestInputStream(in, digest);
    pass(digested, header.start());
    for (Map.Entry<String, SafeTensorsHeader.Entry> entry : header.arrays().entrySet()) {
      SafeTensorsHeader.Entry place = entry.getValue();
      MappedArray array = arrays.get(entry.getKey());
      long used = 0;
      if (array != null) {
        used = array.length() * place.type().bytes();
        boolean again = array.source().filter(filled::contains).isPresent();
        array.source().filter(twice::contains).ifPresent(filled::add);
        if (!array.read(digested, parameters, NumberType.of(place.type()), again)) {
          throw again
              ? refused(
                  "its embedding and its head differ though its config.json ties them",
                  "the same numbers",
                  "Set tie_word_embeddings to false there, where the model has a head of its own.")
              : refused(
                  "its array %s of %s is not zero".formatted(entry.getKey(), file),
                  "zeros, as there is no such parameter here",
                  "Choose another model.");
        }
      }
      pass(digested, place.end() - place.begin() - used);
    }
    return digest.digest();
  }

  /** Reads over bytes, which a skip would leave out of the sum. */
  private static void pass(InputStream in, long bytes) throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (long left = bytes; left > 0; ) {
      int read = in.readNBytes(buffer, 0, (int) Math.min(left, buffer.length));
      if (read == 0) {
        throw new EOFException("the file ends %d bytes too early".formatted(left));
      }
      left -= read;
    }
  }
}
