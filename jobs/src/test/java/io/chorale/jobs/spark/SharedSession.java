package io.chorale.jobs.spark;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One Spark application for the tests of a class; commands that they run join it. */
public final class SharedSession implements BeforeAllCallback, AfterAllCallback {
  private Session session;

  public Session session() {
    return session;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    session = Session.open("test", "local[2]");
  }

  @Override
  public void afterAll(ExtensionContext context) {
    session.close();
  }
}
