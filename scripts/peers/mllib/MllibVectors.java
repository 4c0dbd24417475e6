import java.io.BufferedWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.mllib.feature.Word2Vec;
import org.apache.spark.mllib.feature.Word2VecModel;

/**
 * Trains word vectors by MLlib's skip-gram with hierarchical softmax, a sentence a line, and writes
 * them as word2vec's text: {@code TEXT VECTORS PARTITIONS ITERATIONS SEED CORES}. Prints the words
 * of the text and the seconds that the training took.
 */
public final class MllibVectors {
  public static void main(String[] arguments) throws Exception {
    int partitions = Integer.parseInt(arguments[2]);
    SparkConf conf =
        new SparkConf()
            .setMaster("local[" + arguments[5] + "]")
            .setAppName("word vectors")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.driver.host", "127.0.0.1");
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      JavaRDD<List<String>> sentences =
          spark
              .textFile(arguments[0], partitions)
              .filter(line -> !line.isBlank())
              .map(line -> Arrays.asList(line.strip().split(" +")))
              .cache();
      long words = sentences.map(List::size).reduce(Integer::sum);
      long begin = System.nanoTime();
      Word2VecModel model =
          new Word2Vec()
              .setVectorSize(100)
              .setWindowSize(5)
              .setMinCount(5)
              .setNumPartitions(partitions)
              .setNumIterations(Integer.parseInt(arguments[3]))
              .setSeed(Long.parseLong(arguments[4]))
              .fit(sentences);
      double seconds = (System.nanoTime() - begin) / 1e9;
      write(model, Path.of(arguments[1]));
      System.out.printf("%d %.2f%n", words, seconds);
    }
  }

  private static void write(Word2VecModel model, Path file) throws Exception {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      scala.collection.Iterator<scala.Tuple2<String, float[]>> all = model.getVectors().iterator();
      out.write(model.getVectors().size() + " 100\n");
      while (all.hasNext()) {
        scala.Tuple2<String, float[]> next = all.next();
        StringBuilder line = new StringBuilder(next._1());
        for (float value : next._2()) {
          line.append(' ').append(value);
        }
        out.write(line.append('\n').toString());
      }
    }
  }
}
