package io.chorale.corpus;

import io.chorale.io.Storage;
import java.io.IOException;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopCodecs;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;

/** A corpus file as Parquet's library opens it: by its path alone, which is never a glob. */
final class ParquetFile implements InputFile {
  /** The length of the footer and the four letters that end a file. */
  private static final int TAIL = 8;

  private final Storage storage;
  private final CorpusFile file;
  private final LongConsumer progress;

  ParquetFile(Storage storage, CorpusFile file, LongConsumer progress) {
    this.storage = storage;
    this.file = file;
    this.progress = progress;
  }

  /**
   * Reads the footer, and checks what is read later by its checksums, if there are any.
   *
   * @param limit bytes to which a page may unpack, when it is asked to
   */
  ParquetFileReader open(LongSupplier limit) throws IOException {
    Configuration configuration = storage.fileSystem(file.path()).getConf();
    ParquetReadOptions options =
        HadoopReadOptions.builder(configuration)
            .usePageChecksumVerification()
            .withCodecFactory(new BoundedCodecs(HadoopCodecs.newFactory(configuration, 0), limit))
            .build();
    return ParquetFileReader.open(this, options);
  }

  /** The rows that the footer names for the whole file, which the library does not tell. */
  long rows() throws IOException {
    try (SeekableInputStream in = newStream()) {
      in.seek(getLength() - TAIL);
      int length = in.read() | in.read() << 8 | in.read() << 16 | in.read() << 24;
      in.seek(getLength() - TAIL - length);
      return Util.readFileMetaData(in, true).getNum_rows();
    }
  }

  @Override
  public long getLength() {
    return file.length();
  }

  @Override
  public SeekableInputStream newStream() {
    return new Seekable(new StoredBytes(storage, file, progress));
  }

  /** As the library's messages name it. */
  @Override
  public String toString() {
    return file.toString();
  }

  private static final class Seekable extends DelegatingSeekableInputStream {
    private final StoredBytes stored;

    Seekable(StoredBytes stored) {
      super(stored);
      this.stored = stored;
    }

    @Override
    public long getPos() {
      return stored.place();
    }

    @Override
    public void seek(long place) {
      stored.seek(place);
    }
  }
}
