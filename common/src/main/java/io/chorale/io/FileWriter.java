package io.chorale.io;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.util.function.Supplier;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.CreateFileOptionKeys;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.StreamCapabilities;

/** Writes one file so that it appears whole or not at all; {@link Storage} says how and why. */
interface FileWriter {
  /**
   * Writes a file.
   *
   * @param replace whether one that is there is replaced; if not, the write fails and leaves it
   */
  void write(Path file, Storage.Content content, boolean replace) throws IOException;

  /**
   * Writes a file that is named after what it holds; replaces one that is there.
   *
   * @param like a path beside it
   * @param named asked for when the content has been written
   */
  Path writeNamed(Path like, Storage.Content content, Supplier<Path> named) throws IOException;

  /** Under a hidden name beside its place, then by one rename. */
  record ByRename(FileSystem system, Rename rename) implements FileWriter {
    @Override
    public void write(Path file, Storage.Content content, boolean replace) throws IOException {
      write(file, content, () -> file, replace);
    }

    @Override
    public Path writeNamed(Path like, Storage.Content content, Supplier<Path> named)
        throws IOException {
      return write(like, content, named, true);
    }

    private Path write(Path like, Storage.Content content, Supplier<Path> named, boolean replace)
        throws IOException {
      Path hidden = Hidden.beside(like, Hidden.FILE);
      boolean complete = false;
      try {
        if (system instanceof RawLocalFileSystem) {
          // As the stream would, but with the reason where it cannot.
          Directories.make(system, hidden.getParent());
        }
        try (FSDataOutputStream out = system.create(hidden, false)) {
          content.writeTo(out);
          if (out.hasCapability(StreamCapabilities.HSYNC)) {
            out.hsync();
          }
        }
        complete = true;
        Path file = named.get();
        if (replace) {
          rename.replace(hidden, file);
        } else {
          rename.toNew(hidden, file);
        }
        return file;
      } catch (FileNotFoundException | NoSuchFileException e) {
        discard(hidden, e);
        // Not of the kind that no other attempt can mend.
        throw complete ? new IOException("its temporary file was removed meanwhile", e) : e;
      } catch (Throwable e) {
        discard(hidden, e);
        throw e;
      }
    }

    private void discard(Path hidden, Throwable why) {
      try {
        system.delete(hidden, true);
      } catch (IOException | RuntimeException e) {
        why.addSuppressed(e);
      }
    }
  }

  /** To its place; the store shows the file when its stream is closed. */
  record ByClose(FileSystem system) implements FileWriter {
    @Override
    @SuppressWarnings("MustBeClosedChecker") // Closing would publish what is half written.
    public void write(Path file, Storage.Content content, boolean replace) throws IOException {
      FSDataOutputStream out = create(file, replace);
      try {
        content.writeTo(out);
      } catch (Throwable e) {
        abort(out, e);
        throw e;
      }
      out.close();
    }

    /** A store names what it takes before it has seen it: the content is gone through twice. */
    @Override
    public Path writeNamed(Path like, Storage.Content content, Supplier<Path> named)
        throws IOException {
      content.writeTo(OutputStream.nullOutputStream());
      Path file = named.get();
      write(file, content, true);
      return file;
    }

    private FSDataOutputStream create(Path file, boolean replace) throws IOException {
      if (replace) {
        return system.create(file, true);
      }
      FSDataOutputStreamBuilder<?, ?> builder = system.createFile(file).recursive();
      builder.overwrite(false);
      String atomically = CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE;
      if (system.hasPathCapability(file, atomically)) {
        // The store itself refuses the second of two writers, when its stream is closed.
        builder.opt(atomically, true);
      }
      return builder.build();
    }

    private static void abort(FSDataOutputStream out, Throwable why) {
      try {
        out.abort();
      } catch (UnsupportedOperationException e) {
        // Left open: a store without aborting shows what is closed.
        why.addSuppressed(e);
      }
    }
  }
}
