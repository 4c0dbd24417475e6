package io.chorale.io;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.Path;

/** What the file systems of the tests refuse. Of the whole JVM: Spark's tasks see it, too. */
public final class Faults {
  private static final Set<String> CHANGES = Set.of("create", "close", "rename", "copy", "delete");

  private static volatile Plan plan = (operation, path) -> {};

  private Faults() {}

  /** Is asked before each operation: create, write, close, rename, copy, delete, read, list. */
  @FunctionalInterface
  public interface Plan {
    /** Returns, or fails in the place of the operation. */
    void before(String operation, Path path) throws IOException;
  }

  /** Follows a plan from now on. */
  public static void follow(Plan wanted) {
    plan = wanted;
  }

  /** Refuses nothing any more. */
  public static void end() {
    plan = (operation, path) -> {};
  }

  static void before(String operation, Path path) throws IOException {
    plan.before(operation, path);
  }

  /** Refuses the first operation of a kind on a path that ends so, as often as told. */
  public static AtomicInteger refuse(String operation, String name, int times, String why) {
    AtomicInteger refused = new AtomicInteger();
    follow(
        (asked, path) -> {
          if (asked.equals(operation) && path.getName().contains(name) && refused.get() < times) {
            refused.incrementAndGet();
            throw new IOException(why);
          }
        });
    return refused;
  }

  /**
   * The end of a process, as storage sees it: after some changes to what others see nothing is done
   * any more, not even cleaning up.
   *
   * @return counts the changes that were asked for
   */
  public static AtomicInteger killAfter(int changes) {
    AtomicInteger asked = new AtomicInteger();
    follow(
        (operation, path) -> {
          boolean change = CHANGES.contains(operation);
          if ((change ? asked.incrementAndGet() : asked.get() + 1) > changes) {
            throw new InterruptedIOException("killed");
          }
        });
    return asked;
  }
}
