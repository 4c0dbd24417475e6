package io.chorale.jobs.cluster;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/** The local file system, with a {@link Fault}. */
public final class FaultFileSystem extends RawLocalFileSystem {
  private Fault fault;

  @Override
  public void initialize(URI uri, Configuration configuration) throws IOException {
    super.initialize(uri, configuration);
    fault = Fault.from(configuration);
  }

  @Override
  public FSDataInputStream open(Path file, int bufferSize) throws IOException {
    fault.reached(Fault.At.OPEN, file);
    return super.open(file, bufferSize);
  }

  @Override
  public FSDataOutputStream create(
      Path file,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    fault.reached(Fault.At.CREATE, file);
    return watched(
        file, super.create(file, overwrite, bufferSize, replication, blockSize, progress));
  }

  @Override
  public FSDataOutputStream create(
      Path file,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    fault.reached(Fault.At.CREATE, file);
    return watched(
        file,
        super.create(file, permission, overwrite, bufferSize, replication, blockSize, progress));
  }

  private FSDataOutputStream watched(Path file, FSDataOutputStream out) throws IOException {
    return fault.concerns(Fault.At.HALF_WRITTEN, file)
        ? new FSDataOutputStream(new HalfWritten(file, out), statistics)
        : out;
  }

  private final class HalfWritten extends FilterOutputStream {
    private final Path file;
    private boolean reached;

    HalfWritten(Path file, OutputStream out) {
      super(out);
      this.file = file;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      int half = reached ? 0 : length / 2;
      out.write(bytes, from, half);
      if (!reached) {
        out.flush();
        reached = true;
        fault.reached(Fault.At.HALF_WRITTEN, file);
      }
      out.write(bytes, from + half, length - half);
    }
  }
}
