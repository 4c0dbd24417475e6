package io.chorale.jobs.spark;

import io.chorale.config.ChoraleException;
import io.chorale.io.Checksums;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/**
 * A step of a job as a function from a part to files and a few facts. A part whose facts are there
 * is finished and is never done again: not after the driver was lost, and not on another cluster.
 *
 * <p>The files of a stage lie in a directory whose name ends in the hash of what decides their
 * bytes, so what was made otherwise is never taken for them. A part's facts are published after its
 * files. Whoever does a part a second time, for whatever reason, writes the same bytes.
 *
 * @param <F> the facts of a part: a record that is written as JSON
 */
public final class PartStage<F> implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Of Spark's jobs that do parts: the name of the stage. */
  static final String PROPERTY = "chorale.stage";

  private static final int LARGEST = 1 << 26;
  private static final int KEY_DIGITS = 8;
  private static final Pattern FACTS = Pattern.compile("part-([0-9]{5,9})[.]json");
  private static final SealedJson JSON =
      new SealedJson("chorale-part", 1, "delete the directory that it lies in, then run again");

  private final Storage storage;
  private final String name;
  private final String directory;
  private final Class<F> type;

  /**
   * What is done with a part.
   *
   * @param <P> a part
   * @param <F> its facts
   */
  @FunctionalInterface
  public interface Task<P, F> extends Serializable {
    /**
     * On an executor: publishes the files of a part, by names that are its own, and returns its
     * facts.
     */
    F run(int number, P part);
  }

  /**
   * A stage; nothing is written yet.
   *
   * @param work the directory in which its own is made
   * @param made all that decides what its parts become, in words
   */
  public PartStage(Storage storage, Path work, String name, String made, Class<F> type) {
    this.storage = storage;
    this.name = name;
    this.directory = new Path(work, name + "-" + key(made)).toString();
    this.type = type;
  }

  /** Eight hexadecimal digits that tell apart what is made otherwise. */
  public static String key(String made) {
    return Checksums.sha256(made.getBytes(StandardCharsets.UTF_8)).substring(0, KEY_DIGITS);
  }

  /**
   * The place of a file of a part.
   *
   * @param suffix what follows the name of the part
   */
  public Path file(int part, String suffix) {
    return new Path(directory, String.format(Locale.ROOT, "part-%05d%s", part, suffix));
  }

  /** On the driver: the facts of the parts that are finished, by their numbers. */
  public Map<Integer, F> finished(JavaSparkContext context) {
    List<Integer> numbers = new ArrayList<>();
    if (storage.exists(new Path(directory))) {
      for (FileStatus found : storage.list(new Path(directory))) {
        Matcher facts = FACTS.matcher(found.getPath().getName());
        if (facts.matches()) {
          numbers.add(Integer.parseInt(facts.group(1)));
        }
      }
    }
    Map<Integer, F> finished = new TreeMap<>();
    if (!numbers.isEmpty()) {
      int tasks = Math.min(numbers.size(), 2 * context.defaultParallelism());
      context
          .parallelize(numbers, tasks)
          .map(number -> new Tuple2<>(number, stored(number)))
          .collect()
          .forEach(part -> finished.put(part._1(), parsed(part._1(), part._2())));
    }
    return finished;
  }

  /** On an executor: the facts of a part that is finished. */
  public F facts(int part) {
    return parsed(part, stored(part));
  }

  /** On an executor, when all files of a part are there: publishes its facts. */
  public void finish(int part, F facts) {
    storage.publish(factsFile(part), JSON.write(facts));
  }

  /**
   * On the driver: does the parts that are not finished, each in a task of its own.
   *
   * @return the facts of all parts, in their order
   */
  public <P extends Serializable> List<F> run(
      JavaSparkContext context, List<P> parts, Task<P, F> task) {
    Map<Integer, F> all = new TreeMap<>(finished(context));
    List<Tuple2<Integer, P>> missing = new ArrayList<>();
    for (int number = 0; number < parts.size(); number++) {
      if (!all.containsKey(number)) {
        missing.add(new Tuple2<>(number, parts.get(number)));
      }
    }
    if (!missing.isEmpty()) {
      context.setLocalProperty(PROPERTY, name);
      try {
        context
            .parallelize(missing, missing.size())
            .map(part -> new Tuple2<>(part._1(), done(part._1(), part._2(), task)))
            .collect()
            .forEach(part -> all.put(part._1(), parsed(part._1(), part._2())));
      } finally {
        context.setLocalProperty(PROPERTY, null);
      }
    }
    return List.copyOf(all.values());
  }

  /** What is returned is what is stored: facts cross the wire as they lie there. */
  private <P> byte[] done(int number, P part, Task<P, F> task) {
    byte[] facts = JSON.write(task.run(number, part));
    storage.publish(factsFile(number), facts);
    return facts;
  }

  private byte[] stored(int number) {
    return storage.readFully(factsFile(number), LARGEST);
  }

  /**
   * The facts of a part.
   *
   * @throws ChoraleException where the file is damaged
   */
  private F parsed(int number, byte[] facts) {
    return JSON.read(facts, factsFile(number).toString(), type);
  }

  private Path factsFile(int part) {
    return file(part, ".json");
  }
}
