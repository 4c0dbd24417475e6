package io.chorale.jobs.command;

/** The versions of Java that this process can run on. */
final class JavaVersion {
  private static final int NEWEST = 22;

  private JavaVersion() {}

  /**
   * Why a Java is too new, with what to do; null where it is not. One that is too old does not
   * start the program.
   *
   * @param java its feature release
   * @param hadoop the version of Hadoop, which up to 3.4 asks for the subject of a thread, that
   *     newer Java does not give
   */
  static String unfit(int java, String hadoop) {
    if (java <= NEWEST || !hadoop.matches("(2|3[.][0-4])[.].*")) {
      return null;
    }
    return "Cannot run on Java %d with Hadoop %s: expected Java 17 to %d (17 and 21 are tried). Install such a JDK, or set JAVA_HOME."
        .formatted(java, hadoop, NEWEST);
  }
}
