package io.chorale.jobs.round;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.spark.serializer.DeserializationStream;
import org.apache.spark.serializer.SerializationStream;
import org.apache.spark.serializer.Serializer;
import org.apache.spark.serializer.SerializerInstance;
import scala.reflect.ClassTag;

/**
 * What travels through the shuffle of a round, each slice's bytes written and read in one go; see
 * {@link PartBytes}.
 */
final class SliceSerializer extends Serializer implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int KEY = 0;
  private static final int PART = 1;

  @Override
  public SerializerInstance newInstance() {
    return new Instance();
  }

  /** Every object stands alone. */
  @Override
  public boolean supportsRelocationOfSerializedObjects() {
    return true;
  }

  private static final class Instance extends SerializerInstance {
    @Override
    public SerializationStream serializeStream(OutputStream out) {
      return new Writer(new DataOutputStream(out));
    }

    @Override
    public DeserializationStream deserializeStream(InputStream in) {
      return new Reader(new DataInputStream(in));
    }

    @Override
    public <T> ByteBuffer serialize(T object, ClassTag<T> type) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (SerializationStream out = serializeStream(bytes)) {
        out.writeObject(object, type);
      }
      return ByteBuffer.wrap(bytes.toByteArray());
    }

    @Override
    public <T> T deserialize(ByteBuffer bytes, ClassTag<T> type) {
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(copy);
      try (DeserializationStream in = deserializeStream(new ByteArrayInputStream(copy))) {
        return in.readObject(type);
      }
    }

    @Override
    public <T> T deserialize(ByteBuffer bytes, ClassLoader loader, ClassTag<T> type) {
      return deserialize(bytes, type);
    }
  }

  private static final class Writer extends SerializationStream {
    private final DataOutputStream out;

    Writer(DataOutputStream out) {
      this.out = out;
    }

    @Override
    public <T> SerializationStream writeObject(T object, ClassTag<T> type) {
      try {
        if (object instanceof SliceKey key) {
          out.writeByte(KEY);
          out.writeInt(key.slice());
          out.writeInt(key.worker());
        } else {
          SlicePart part = (SlicePart) object;
          out.writeByte(PART);
          bytes(PartBytes.head(part));
          bytes(PartBytes.content(part));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return this;
    }

    private void bytes(byte[] bytes) throws IOException {
      out.writeInt(bytes.length);
      out.write(bytes);
    }

    @Override
    public void flush() {
      try {
        out.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      try {
        out.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class Reader extends DeserializationStream {
    private final DataInputStream in;

    Reader(DataInputStream in) {
      this.in = in;
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // As Spark declares it.
    public <T> T readObject(ClassTag<T> type) {
      try {
        return (T) read();
      } catch (IOException e) {
        throw sneaked(e);
      }
    }

    private Object read() throws IOException {
      int kind = in.read();
      switch (kind) {
        case -1:
          throw new EOFException();
        case KEY:
          return new SliceKey(in.readInt(), in.readInt());
        default:
          return PartBytes.part(bytes(), bytes());
      }
    }

    private byte[] bytes() throws IOException {
      byte[] bytes = new byte[in.readInt()];
      in.readFully(bytes);
      return bytes;
    }

    /** Spark knows the end by an {@link EOFException}, and what cannot be fetched by others. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Exception> RuntimeException sneaked(Exception e) throws E {
      throw (E) e;
    }

    @Override
    public void close() {
      try {
        in.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
