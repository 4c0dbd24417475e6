package io.chorale.io;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Abortable;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * An object store in the memory of this JVM, {@code objects://bucket/key}: an object is seen when
 * its stream is closed; there are no directories but those that keys suggest; a rename copies and
 * deletes one object after the other; lists may tell of new objects late. As with S3A, a directory
 * stays when the last object in it is deleted, by a mark: an empty object whose key ends in a
 * slash. Refuses as {@link Faults} say.
 */
public final class ObjectStoreFileSystem extends FileSystem {
  private static final TreeMap<String, Stored> OBJECTS = new TreeMap<>();

  /** Lists that do not yet tell of a new object. */
  private static int unlisted;

  /** Whether conditions of writes are not heeded. */
  private static boolean replaces;

  private URI uri;

  private static final class Stored {
    final byte[] bytes;
    int unlisted;

    Stored(byte[] bytes, int unlisted) {
      this.bytes = bytes;
      this.unlisted = unlisted;
    }
  }

  /** A configuration that knows it. */
  public static Configuration configuration() {
    Configuration configuration = new Configuration();
    register(configuration);
    return configuration;
  }

  /** Makes it known, as an object store. */
  public static void register(Configuration configuration) {
    configuration.setClass("fs.objects.impl", ObjectStoreFileSystem.class, FileSystem.class);
    configuration.set(Storage.OBJECT_STORES, "s3a, objects");
  }

  /** Empties all buckets. */
  public static void clear(int listsBeforeNewObjectsAreTold) {
    synchronized (OBJECTS) {
      OBJECTS.clear();
      replaces = false;
      unlisted = listsBeforeNewObjectsAreTold;
    }
  }

  /** From now on until it is emptied the last of two writers wins, as some stores have it. */
  public static void replaceWhateverIsAsked() {
    synchronized (OBJECTS) {
      replaces = true;
    }
  }

  /** Keys of all objects but the marks of directories, with their buckets. */
  public static List<String> keys() {
    synchronized (OBJECTS) {
      return OBJECTS.keySet().stream().filter(key -> !key.endsWith("/")).toList();
    }
  }

  @Override
  public void initialize(URI name, Configuration configuration) throws IOException {
    super.initialize(name, configuration);
    uri = URI.create(name.getScheme() + "://" + name.getAuthority());
  }

  @Override
  public URI getUri() {
    return uri;
  }

  private String key(Path path) {
    return makeQualified(path).toString();
  }

  private static Map<String, Stored> below(String key) {
    return new TreeMap<>(OBJECTS.subMap(key + "/", key + "0"));
  }

  @Override
  public FSDataInputStream open(Path path, int buffer) throws IOException {
    Faults.before("read", path);
    synchronized (OBJECTS) {
      Stored found = OBJECTS.get(key(path));
      if (found == null) {
        throw new FileNotFoundException("no object " + path);
      }
      return new FSDataInputStream(new Bytes(found.bytes));
    }
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int buffer,
      short replication,
      long block,
      Progressable progress)
      throws IOException {
    Faults.before("create", path);
    refuseExisting(path, overwrite);
    return new FSDataOutputStream(new Upload(path, overwrite), null);
  }

  private void refuseExisting(Path path, boolean overwrite) throws IOException {
    synchronized (OBJECTS) {
      if (!overwrite && OBJECTS.containsKey(key(path))) {
        throw new FileAlreadyExistsException(path + " exists");
      }
    }
  }

  @Override
  public FSDataOutputStream append(Path path, int buffer, Progressable progress) {
    throw new UnsupportedOperationException("objects do not grow");
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    for (String source : withBelow(from)) {
      Faults.before("copy", new Path(source));
      synchronized (OBJECTS) {
        OBJECTS.put(key(to) + source.substring(key(from).length()), OBJECTS.get(source));
      }
      remove(source);
    }
    markParent(from);
    return true;
  }

  private List<String> withBelow(Path path) {
    synchronized (OBJECTS) {
      List<String> found = new ArrayList<>();
      if (OBJECTS.containsKey(key(path))) {
        found.add(key(path));
      }
      found.addAll(below(key(path)).keySet());
      return found;
    }
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    List<String> found = withBelow(path);
    for (String key : found) {
      remove(key);
    }
    if (!found.isEmpty()) {
      markParent(path);
    }
    return !found.isEmpty();
  }

  private static void remove(String key) throws IOException {
    Faults.before("delete", new Path(key));
    synchronized (OBJECTS) {
      OBJECTS.remove(key);
    }
  }

  private void markParent(Path path) {
    Path parent = path.getParent();
    synchronized (OBJECTS) {
      if (parent != null && !parent.isRoot() && withBelow(parent).isEmpty()) {
        OBJECTS.put(key(parent) + "/", new Stored(new byte[0], 0));
      }
    }
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    Faults.before("list", path);
    synchronized (OBJECTS) {
      if (OBJECTS.containsKey(key(path))) {
        return new FileStatus[] {getFileStatus(path)};
      }
      Map<String, FileStatus> children = new TreeMap<>();
      int start = key(path).length() + 1;
      below(key(path))
          .forEach(
              (key, stored) -> {
                if (key.length() == start || stored.unlisted-- > 0) {
                  return;
                }
                int end = key.indexOf('/', start);
                Path child = new Path(end < 0 ? key : key.substring(0, end));
                children.put(child.getName(), end < 0 ? file(child, stored) : directory(child));
              });
      if (children.isEmpty() && withBelow(path).isEmpty()) {
        throw new FileNotFoundException("no object " + path);
      }
      return children.values().toArray(FileStatus[]::new);
    }
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    Faults.before("read", path);
    synchronized (OBJECTS) {
      Stored found = OBJECTS.get(key(path));
      if (found != null) {
        return file(path, found);
      }
      if (!below(key(path)).isEmpty() || path.isRoot()) {
        return directory(path);
      }
      throw new FileNotFoundException("no object " + path);
    }
  }

  private FileStatus file(Path path, Stored stored) {
    return new FileStatus(stored.bytes.length, false, 1, 1 << 20, 0, makeQualified(path));
  }

  private FileStatus directory(Path path) {
    return new FileStatus(0, true, 1, 0, 0, makeQualified(path));
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) {
    return true;
  }

  @Override
  public void setWorkingDirectory(Path path) {
    // There is none.
  }

  @Override
  public Path getWorkingDirectory() {
    return new Path(uri + "/");
  }

  /** An object to be, unless it is aborted. */
  private final class Upload extends OutputStream implements Abortable {
    private final Path path;
    private final boolean overwrite;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean done;

    Upload(Path path, boolean overwrite) {
      this.path = path;
      this.overwrite = overwrite;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] more, int from, int length) throws IOException {
      Faults.before("write", path);
      bytes.write(more, from, length);
    }

    @Override
    public void close() throws IOException {
      if (!done) {
        done = true;
        Faults.before("close", path);
        synchronized (OBJECTS) {
          refuseExisting(path, overwrite || replaces);
          OBJECTS.put(key(path), new Stored(bytes.toByteArray(), unlisted));
        }
      }
    }

    @Override
    public AbortableResult abort() {
      boolean before = done;
      done = true;
      return new AbortableResult() {
        @Override
        public boolean alreadyClosed() {
          return before;
        }

        @Override
        public IOException anyCleanupException() {
          return null;
        }
      };
    }
  }

  /** An object that is read. */
  private static final class Bytes extends FSInputStream {
    private final byte[] bytes;
    private ByteArrayInputStream rest;

    Bytes(byte[] bytes) {
      this.bytes = bytes;
      this.rest = new ByteArrayInputStream(bytes);
    }

    @Override
    public void seek(long place) {
      rest = new ByteArrayInputStream(bytes);
      rest.skip(place);
    }

    @Override
    public long getPos() {
      return bytes.length - (long) rest.available();
    }

    @Override
    public boolean seekToNewSource(long place) {
      return false;
    }

    @Override
    public int read() {
      return rest.read();
    }

    @Override
    public int read(byte[] into, int from, int length) {
      return rest.read(into, from, length);
    }
  }
}
