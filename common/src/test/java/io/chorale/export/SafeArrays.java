package io.chorale.export;

import io.chorale.io.SafeTensorsHeader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** The bytes of all arrays in the safetensors files of a folder. */
final class SafeArrays {
  private SafeArrays() {}

  static Map<String, byte[]> of(Path folder) throws IOException {
    Map<String, byte[]> arrays = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.safetensors")) {
      for (Path file : files) {
        byte[] bytes = Files.readAllBytes(file);
        SafeTensorsHeader header =
            SafeTensorsHeader.read(new ByteArrayInputStream(bytes), bytes.length, file.toString());
        header
            .arrays()
            .forEach(
                (name, entry) -> {
                  int begin = Math.toIntExact(header.start() + entry.begin());
                  int end = Math.toIntExact(header.start() + entry.end());
                  arrays.put(name, Arrays.copyOfRange(bytes, begin, end));
                });
      }
    }
    return arrays;
  }
}
