package io.chorale.corpus;

import io.chorale.config.ChoraleException;
import io.chorale.config.CorpusSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.io.Storage;
import java.io.Serializable;
import java.time.Instant;
import java.util.Locale;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/** A file of the corpus and how it is to be read. */
public final class CorpusFile implements Serializable {
  private static final long serialVersionUID = 1L;

  /** How a file is packed. */
  public enum Compression {
    NONE,
    GZIP,
    ZSTD
  }

  private final int index;
  private final int source;
  private final String path;
  private final long length;
  private final long modified;
  private final CorpusSettings.Format format;
  private final Compression compression;
  private final DatasetSplit split;
  private final String name;

  CorpusFile(
      int index,
      int source,
      String path,
      long length,
      long modified,
      CorpusSettings.Format format,
      Compression compression,
      DatasetSplit split) {
    this(index, source, path, length, modified, format, compression, split, path);
  }

  private CorpusFile(
      int index,
      int source,
      String path,
      long length,
      long modified,
      CorpusSettings.Format format,
      Compression compression,
      DatasetSplit split,
      String name) {
    this.index = index;
    this.source = source;
    this.path = path;
    this.length = length;
    this.modified = modified;
    this.format = format;
    this.compression = compression;
    this.split = split;
    this.name = name;
  }

  /** The same file at another place in the order of the corpus. */
  public CorpusFile at(int index) {
    return new CorpusFile(index, source, path, length, modified, format, compression, split, name);
  }

  /** The same file by the name of what it is a copy of, for whoever reads of it. */
  public CorpusFile named(String name) {
    return new CorpusFile(index, source, path, length, modified, format, compression, split, name);
  }

  /** Whether it is a copy of something else, by whose name it goes. */
  public boolean copied() {
    return !name.equals(path);
  }

  /** Its place in the order of the corpus, from 0. */
  public int index() {
    return index;
  }

  /** The source that it is of, by its place in the order of the sources. */
  public int source() {
    return source;
  }

  /** Where it is: absolute, with its scheme. */
  public Path path() {
    return new Path(path);
  }

  /** Bytes as stored. */
  public long length() {
    return length;
  }

  /** When it was changed last, in milliseconds since 1970. */
  public long modified() {
    return modified;
  }

  /**
   * Looks whether it is still the file that was listed.
   *
   * @throws ChoraleException where it is gone, or its length or the time of its last change is
   *     another one
   */
  public void checkUnchanged(Storage storage) {
    if (!storage.exists(path())) {
      throw new ChoraleException(
          "Cannot use corpus file %s: it had %d bytes of %s when the job began and is gone now, expected it to stay. Run again."
              .formatted(path, length, Instant.ofEpochMilli(modified)));
    }
    FileStatus now = storage.status(path());
    if (now.getLen() != length || now.getModificationTime() != modified) {
      throw new ChoraleException(
          "Cannot use corpus file %s: it had %d bytes of %s when the job began and has %d of %s now, expected it to stay. Run again."
              .formatted(
                  path,
                  length,
                  Instant.ofEpochMilli(modified),
                  now.getLen(),
                  Instant.ofEpochMilli(now.getModificationTime())));
    }
  }

  /** Whether its name says that tabs stand between its fields. */
  public boolean tabSeparated() {
    return path.toLowerCase(Locale.ROOT).matches(".*[.]tsv([.]gz|[.]zst)?");
  }

  /** Text, JSON lines, CSV, Parquet or FASTA, as the settings or its name say; never automatic. */
  public CorpusSettings.Format format() {
    return format;
  }

  /** How it is packed, by its name. */
  public Compression compression() {
    return compression;
  }

  /** The split that it was given for; parts of the training split may be cut off for others. */
  public DatasetSplit split() {
    return split;
  }

  /** Its path, or the name that it was given. */
  @Override
  public String toString() {
    return name;
  }
}
