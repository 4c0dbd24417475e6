package io.chorale.vectors;

import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.FLOAT;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Supplier;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;

/**
 * Word vectors as Parquet: {@code word} a string, {@code count} a long, null where nobody has
 * counted, {@code vector} a list of floats. Uncompressed: numbers of vectors hardly shrink.
 */
final class ParquetVectors {
  static final String WORD = "word";
  static final String COUNT = "count";
  static final String VECTOR = "vector";
  private static final String LIST = "list";
  private static final String ELEMENT = "element";

  private static final MessageType SCHEMA =
      Types.buildMessage()
          .required(BINARY)
          .as(LogicalTypeAnnotation.stringType())
          .named(WORD)
          .optional(INT64)
          .named(COUNT)
          .addField(
              Types.requiredGroup()
                  .as(LogicalTypeAnnotation.listType())
                  .addField(
                      Types.repeatedGroup()
                          .addField(Types.primitive(FLOAT, Repetition.REQUIRED).named(ELEMENT))
                          .named(LIST))
                  .named(VECTOR))
          .named("vectors");

  private ParquetVectors() {}

  /**
   * Reads such a file, also one that Spark has written, with numbers of 32 or 64 bits.
   *
   * @param open opens the file
   */
  static VectorFile read(VectorInput input, Supplier<FSDataInputStream> open) throws IOException {
    return new ParquetReading(input, open).all();
  }

  static void write(WordVectors vectors, OutputStream out) throws IOException {
    float[] row = new float[vectors.size()];
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new Stream(out))
            .withConf(new PlainParquetConfiguration())
            .withType(SCHEMA)
            .withDictionaryEncoding(false)
            .build()) {
      for (int i = 0; i < vectors.words().size(); i++) {
        Group group = new SimpleGroup(SCHEMA);
        group.add(WORD, vectors.words().get(i));
        if (vectors.counts().length > 0) {
          group.add(COUNT, vectors.counts()[i]);
        }
        Group list = group.addGroup(VECTOR);
        vectors.copy(i, row);
        for (float value : row) {
          list.addGroup(LIST).add(ELEMENT, value);
        }
        writer.write(group);
      }
    }
  }

  /** A stream as Parquet's library writes to it; somebody else closes it. */
  private record Stream(OutputStream out) implements OutputFile {
    @Override
    public PositionOutputStream create(long blockSizeHint) {
      return new PositionOutputStream() {
        private long position;

        @Override
        public long getPos() {
          return position;
        }

        @Override
        public void write(int value) throws IOException {
          out.write(value);
          position++;
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
          out.write(bytes, from, length);
          position += length;
        }

        @Override
        public void flush() throws IOException {
          out.flush();
        }
      };
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSizeHint) {
      return create(blockSizeHint);
    }

    @Override
    public boolean supportsBlockSize() {
      return false;
    }

    @Override
    public long defaultBlockSize() {
      return 0;
    }
  }
}
