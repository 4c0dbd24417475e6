package io.chorale.jobs.console;

/** Chorale's own version. */
public final class Version {
  private Version() {}

  /** As the jar's manifest states it. */
  public static String chorale() {
    String own = Version.class.getPackage().getImplementationVersion();
    return own == null ? "development" : own;
  }
}
