package io.chorale.io;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * Files that lie nowhere, {@code made:///path}: their bytes are made when they are read, so they
 * may be of any size and number. Nothing can be written.
 */
public final class MadeFileSystem extends FileSystem {
  private static final Map<String, Content> FILES = new ConcurrentHashMap<>();
  private static final Map<String, Integer> DIRECTORIES = new ConcurrentHashMap<>();
  private static final Content TINY = new Content("tiny\n", 'x', 0, "");

  /**
   * What a file holds.
   *
   * @param times how often the character stands between begin and end
   */
  public record Content(String begin, char character, long times, String end) {
    long length() {
      return begin.length() + times + end.length();
    }

    void fill(long place, byte[] bytes, int from, int count) {
      Arrays.fill(bytes, from, from + count, (byte) character);
      put(begin, -place, bytes, from, count);
      put(end, begin.length() + times - place, bytes, from, count);
    }

    private static void put(String text, long at, byte[] bytes, int from, int count) {
      for (long i = Math.max(0, -at); i < text.length() && at + i < count; i++) {
        bytes[(int) (from + at + i)] = (byte) text.charAt((int) i);
      }
    }
  }

  /** A configuration that knows it, and no file yet. */
  public static Configuration configuration() {
    FILES.clear();
    DIRECTORIES.clear();
    Configuration configuration = new Configuration();
    configuration.setClass("fs.made.impl", MadeFileSystem.class, FileSystem.class);
    return configuration;
  }

  /** Makes a file. */
  public static void put(String path, Content content) {
    FILES.put(path, content);
  }

  /** Makes a directory of as many directories of as many files of five bytes. */
  public static void fill(String path, int directories, int files) {
    DIRECTORIES.put(path, directories);
    for (int i = 0; i < directories; i++) {
      DIRECTORIES.put(path + "/" + i, files);
    }
  }

  @Override
  public URI getUri() {
    return URI.create("made:///");
  }

  @Override
  public String getScheme() {
    return "made";
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    String name = path.toUri().getPath();
    if (DIRECTORIES.containsKey(name)) {
      return new FileStatus(0, true, 1, 1, 0, path);
    }
    Content content =
        DIRECTORIES.containsKey(path.getParent().toUri().getPath()) ? TINY : FILES.get(name);
    if (content == null) {
      throw new FileNotFoundException(name);
    }
    return new FileStatus(content.length(), false, 1, 1 << 27, 0, path);
  }

  @Override
  public FileStatus[] listStatus(Path path) {
    int count = DIRECTORIES.get(path.toUri().getPath());
    FileStatus[] found = new FileStatus[count];
    for (int i = 0; i < count; i++) {
      Path child = new Path(path, Integer.toString(i));
      boolean directory = DIRECTORIES.containsKey(child.toUri().getPath());
      found[i] =
          directory
              ? new FileStatus(0, true, 1, 1, 0, child)
              : new FileStatus(TINY.length(), false, 1, 1 << 27, 0, new Path(path, i + ".txt"));
    }
    return found;
  }

  @Override
  public FSDataInputStream open(Path path, int buffer) throws IOException {
    Content content = FILES.getOrDefault(path.toUri().getPath(), TINY);
    return new FSDataInputStream(new Made(content));
  }

  private static final class Made extends FSInputStream {
    private final Content content;
    private long place;

    Made(Content content) {
      this.content = content;
    }

    @Override
    public void seek(long to) {
      place = to;
    }

    @Override
    public long getPos() {
      return place;
    }

    @Override
    public boolean seekToNewSource(long to) {
      return false;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) {
      int count = (int) Math.min(length, content.length() - place);
      if (count <= 0) {
        return -1;
      }
      content.fill(place, bytes, from, count);
      place += count;
      return count;
    }
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int buffer,
      short replication,
      long block,
      Progressable progress) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FSDataOutputStream append(Path path, int buffer, Progressable progress) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean rename(Path from, Path to) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean delete(Path path, boolean recursive) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setWorkingDirectory(Path path) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Path getWorkingDirectory() {
    return new Path("made:///");
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) {
    throw new UnsupportedOperationException();
  }
}
