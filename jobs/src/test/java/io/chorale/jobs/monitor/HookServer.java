package io.chorale.jobs.monitor;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** An HTTP server on loopback that answers as it is told, and keeps what it was sent. */
public final class HookServer implements AutoCloseable {
  /** In the place of a status: the request gets no answer before the server ends. */
  public static final int HANGS = -1;

  /** In the place of a status: the answer's headers come, the rest does not. */
  public static final int HANGS_IN_BODY = -2;

  /**
   * What it was sent.
   *
   * @param authorization the header; null without one
   */
  public record Request(
      String method, String path, String type, String authorization, String body) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch end = new CountDownLatch(1);
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final int[] statuses;

  /**
   * Starts one.
   *
   * @param statuses of its answers in turn; the last one goes on
   */
  public HookServer(int... statuses) throws IOException {
    this.statuses = statuses;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/hook";
  }

  /** In the order in which they came. */
  public List<Request> requests() {
    return requests;
  }

  private void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    int status;
    synchronized (this) {
      status = statuses[Math.min(requests.size(), statuses.length - 1)];
      requests.add(
          new Request(
              exchange.getRequestMethod(),
              exchange.getRequestURI().getPath(),
              exchange.getRequestHeaders().getFirst("Content-Type"),
              exchange.getRequestHeaders().getFirst("Authorization"),
              body));
    }
    if (status == HANGS_IN_BODY) {
      exchange.sendResponseHeaders(200, 100);
    }
    if (status < 0) {
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return;
    }
    exchange.getResponseHeaders().add("Location", "/elsewhere");
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  @Override
  public void close() {
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
