package io.chorale.jobs.spark;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One Spark application for the tests of a class; commands that they run join it. */
public final class SharedSession implements BeforeAllCallback, AfterAllCallback {
  private final String master;
  private Session session;

  public SharedSession() {
    this("local[2]");
  }

  /**
   * @param master {@code local[2,3]} where each task may fail twice
   */
  public SharedSession(String master) {
    this.master = master;
  }

  public Session session() {
    return session;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    session = Session.open("test", master);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    session.close();
  }
}
