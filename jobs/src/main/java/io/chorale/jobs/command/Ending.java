package io.chorale.jobs.command;

import io.chorale.jobs.console.ExitCode;
import io.chorale.jobs.spark.Session;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * The end of the process before its command has ended: by Ctrl-C, or because a thread in the
 * background found memory full.
 *
 * <p>Where no application of Spark runs yet nothing has been written, and the process ends at once.
 * Otherwise the command is interrupted, fails, and has a moment to remove what is half done.
 */
final class Ending implements Thread.UncaughtExceptionHandler {
  private static final int SECONDS_TO_UNWIND = 10;
  private static final int SECONDS_TO_STOP_STARTING = 1;

  private final Thread command;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean explained;

  private Ending(Thread command) {
    this.command = command;
  }

  /** Watches over the command that the calling thread is about to run. */
  static Ending install() {
    Ending ending = new Ending(Thread.currentThread());
    // Made only when Spark asks for it, it would complain where the process is about to end by
    // then.
    ShutdownHookManager.get();
    Runtime.getRuntime().addShutdownHook(new Thread(ending::unwind));
    Thread.setDefaultUncaughtExceptionHandler(ending);
    return ending;
  }

  void commandHasEnded() {
    ended.countDown();
  }

  private void unwind() {
    if (ended.getCount() == 0) {
      return;
    }
    boolean running = Session.endsWithProcess();
    if (!explained) {
      System.err.println("Interrupted.");
    }
    command.interrupt();
    try {
      ended.await(running ? SECONDS_TO_UNWIND : SECONDS_TO_STOP_STARTING, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Session.deleteTemporaryFiles();
  }

  /** A thread of Spark that is gone would let the command wait for ever. */
  @Override
  public void uncaughtException(Thread thread, Throwable failure) {
    if (failure instanceof VirtualMachineError && !explained) {
      explained = true;
      Failures.report(failure, new PrintWriter(System.err, true, Charset.defaultCharset()));
      System.exit(ExitCode.FAILED);
    } else if (!Failures.shuttingDown()) {
      System.err.println("Exception in thread \"" + thread.getName() + "\"");
      failure.printStackTrace();
    }
  }
}
