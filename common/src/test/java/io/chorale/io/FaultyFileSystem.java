package io.chorale.io;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/** Local files as {@code faulty:///path}, refused as {@link Faults} say. */
public final class FaultyFileSystem extends RawLocalFileSystem {

  /** A configuration that knows it. */
  public static Configuration configuration() {
    Configuration configuration = new Configuration();
    register(configuration);
    return configuration;
  }

  /** Makes it known. */
  public static void register(Configuration configuration) {
    configuration.setClass(
        "fs.faulty.impl", FaultyFileSystem.class, org.apache.hadoop.fs.FileSystem.class);
  }

  @Override
  public String getScheme() {
    return "faulty";
  }

  @Override
  public URI getUri() {
    return URI.create("faulty:///");
  }

  @Override
  protected void checkPath(Path path) {
    // The one above knows its own scheme alone.
  }

  @Override
  public FSDataOutputStream create(
      Path file,
      FsPermission permission,
      boolean overwrite,
      int buffer,
      short replication,
      long block,
      Progressable progress)
      throws IOException {
    Faults.before("create", file);
    FSDataOutputStream out =
        super.create(file, permission, overwrite, buffer, replication, block, progress);
    return new FSDataOutputStream(new Refusing(out, file), null);
  }

  @Override
  public FSDataOutputStream create(
      Path file,
      boolean overwrite,
      int buffer,
      short replication,
      long block,
      Progressable progress)
      throws IOException {
    return create(file, null, overwrite, buffer, replication, block, progress);
  }

  @Override
  public FSDataInputStream open(Path file, int buffer) throws IOException {
    Faults.before("read", file);
    return super.open(file, buffer);
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    Faults.before("delete", path);
    return super.delete(path, recursive);
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    Faults.before("list", path);
    return super.listStatus(path);
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    Faults.before("read", path);
    return super.getFileStatus(path);
  }

  /** Asked for where a file is renamed. */
  @Override
  public java.io.File pathToFile(Path path) {
    if (Hidden.is(path.getName()) && isRename()) {
      try {
        Faults.before("rename", path);
      } catch (IOException e) {
        throw FaultyFileSystem.<RuntimeException>undeclared(e);
      }
    }
    return super.pathToFile(path);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Exception> E undeclared(IOException e) throws E {
    throw (E) e;
  }

  private static boolean isRename() {
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames.anyMatch(frame -> frame.getClassName().equals(Rename.class.getName())));
  }

  private static final class Refusing extends FilterOutputStream {
    private final Path file;

    Refusing(OutputStream out, Path file) {
      super(out);
      this.file = file;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      Faults.before("write", file);
      out.write(bytes, from, length);
    }

    @Override
    public void close() throws IOException {
      try {
        Faults.before("close", file);
      } finally {
        super.close();
      }
    }
  }
}
