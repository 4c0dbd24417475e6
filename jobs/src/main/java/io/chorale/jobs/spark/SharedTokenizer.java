package io.chorale.jobs.spark;

import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import java.io.Serializable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * A tokenizer on every executor: its bytes travel once, and the tasks of a JVM share one object.
 */
public final class SharedTokenizer implements Serializable, AutoCloseable {
  private static final long serialVersionUID = 1L;

  private static final Map<String, Tokenizer> LOADED = new ConcurrentHashMap<>();

  private final String name;
  private final String fingerprint;
  private final Broadcast<byte[]> json;
  private final Reader reader;
  private final transient JavaSparkContext context;

  /** Makes a tokenizer of bytes, on any machine. */
  public interface Reader extends Serializable {
    /** The tokenizer of these bytes, which messages call so. */
    Tokenizer read(byte[] bytes, String name);
  }

  /**
   * @param json the bytes of a tokenizer.json
   * @param name what messages call it
   */
  public SharedTokenizer(JavaSparkContext context, byte[] json, String name) {
    this(context, json, name, Tokenizers::load);
  }

  /**
   * @param json the bytes of a tokenizer of any kind
   * @param name what messages call it
   */
  SharedTokenizer(JavaSparkContext context, byte[] json, String name, Reader reader) {
    this.name = name;
    this.reader = reader;
    this.fingerprint = Tokenizers.fingerprint(json);
    this.json = context.broadcast(json);
    this.context = context;
  }

  /** On the driver, when no task needs it any more. */
  @Override
  public void close() {
    Broadcasts.destroy(context, json);
  }

  /** SHA-256 of its bytes. */
  public String fingerprint() {
    return fingerprint;
  }

  public Tokenizer get() {
    return LOADED.computeIfAbsent(fingerprint, key -> reader.read(json.value(), name));
  }
}
