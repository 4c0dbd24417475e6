package io.chorale.io;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.io.DataInputBuffer;
import org.apache.hadoop.io.DataOutputBuffer;

/**
 * Hadoop's configuration as it crosses the wire. A process reads it once for all tasks of a job:
 * Hadoop packs each of more than a thousand properties by itself, which costs tens of milliseconds
 * to unpack.
 */
final class SentConfiguration implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The configuration that was read last, by its bytes. */
  private static volatile Read latest = new Read(new byte[0], null);

  private transient Configuration configuration;

  private record Read(byte[] bytes, Configuration configuration) {}

  /**
   * Sends a configuration.
   *
   * @param configuration not to be changed any more
   */
  SentConfiguration(Configuration configuration) {
    this.configuration = configuration;
  }

  /** The configuration, which others share: not to be changed. */
  Configuration get() {
    return configuration;
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    DataOutputBuffer bytes = new DataOutputBuffer();
    configuration.write(bytes);
    out.writeInt(bytes.getLength());
    out.write(bytes.getData(), 0, bytes.getLength());
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    configuration = read(bytes);
  }

  private static Configuration read(byte[] bytes) throws IOException {
    Read read = latest;
    if (read.configuration == null || !Arrays.equals(read.bytes, bytes)) {
      DataInputBuffer in = new DataInputBuffer();
      in.reset(bytes, bytes.length);
      Configuration found = new Configuration(false);
      found.readFields(in);
      read = new Read(bytes, found);
      latest = read;
    }
    return read.configuration;
  }
}
