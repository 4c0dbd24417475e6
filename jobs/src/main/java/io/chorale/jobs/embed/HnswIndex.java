package io.chorale.jobs.embed;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import io.chorale.embed.ExactNeighbours;
import io.chorale.embed.Neighbours;
import io.chorale.embed.Recall;
import io.chorale.embed.UnitVectors;
import io.chorale.io.SealedJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene912.Lucene912Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.FSDirectory;

/**
 * Finds near vectors by a hierarchical navigable small-world graph (Malkov and Yashunin, arXiv
 * 1603.09320) of Lucene, on a local disk. How many candidates a search keeps, its width, is raised
 * until the recall is what was asked for; where that takes half of all vectors, they are compared
 * one by one.
 *
 * <p>Costs about {@code M x beam} comparisons a vector to build, on one core, so that equal vectors
 * give equal graphs; a search costs about {@code width x log(vectors)}.
 */
public final class HnswIndex implements Neighbours, AutoCloseable {
  /** Numbers of the longest vector that the graph takes. */
  public static final int LONGEST = KnnVectorsFormat.DEFAULT_MAX_DIMENSIONS;

  private static final int CONNECTIONS = 16;
  private static final int BEAM = 100;
  private static final int FIRST_WIDTH = 16;
  private static final String FACTS = "index.json";
  private static final String GRAPH = "graph";
  private static final String VECTOR = "vector";
  private static final String PLACE = "place";
  private static final double BUFFER_MIB = 256;

  private static final SealedJson JSON =
      new SealedJson("chorale-index", 1, "delete the directory of the index");

  private final UnitVectors vectors;
  private final Facts facts;
  private final FSDirectory directory;
  private final DirectoryReader reader;

  /**
   * What an index was made of, and how it is searched: {@code index.json}.
   *
   * @param vectors fingerprint of the vectors
   * @param connections M, of a vector in the graph
   * @param beam candidates kept while it was built
   * @param width candidates that a search keeps; 0: all vectors are compared
   * @param recall at 10, with that width
   */
  record Facts(
      String vectors, int count, int size, int connections, int beam, int width, double recall) {}

  private HnswIndex(
      UnitVectors vectors, Facts facts, FSDirectory directory, DirectoryReader reader) {
    this.vectors = vectors;
    this.facts = facts;
    this.directory = directory;
    this.reader = reader;
  }

  /**
   * Opens the index of these vectors, or builds it where there is none.
   *
   * @param path a directory on a local disk
   * @param recall at 10 that is to be reached
   * @param say prints a line about it
   * @throws SettingsException where the directory holds something else
   */
  public static HnswIndex open(
      Path path, UnitVectors vectors, double recall, Consumer<String> say) {
    try {
      Optional<Facts> known = known(path);
      String fingerprint = vectors.fingerprint();
      if (known.isPresent() && !known.get().vectors().equals(fingerprint)) {
        throw refused(path, "it holds the index of other vectors");
      }
      FSDirectory directory = FSDirectory.open(path.resolve(GRAPH));
      if (known.isEmpty()) {
        build(path, directory, vectors);
      }
      Facts facts =
          known.orElseGet(
              () ->
                  new Facts(
                      fingerprint,
                      vectors.count(),
                      vectors.size(),
                      CONNECTIONS,
                      BEAM,
                      FIRST_WIDTH,
                      0));
      HnswIndex index = new HnswIndex(vectors, facts, directory, DirectoryReader.open(directory));
      if (facts.width() > 0 && facts.recall() < recall) {
        index = index.widened(recall);
        Files.write(path.resolve(FACTS), JSON.write(index.facts));
      }
      say.accept(index.toString());
      return index;
    } catch (IOException e) {
      throw failure(path, e);
    }
  }

  private static Optional<Facts> known(Path path) throws IOException {
    Path facts = path.resolve(FACTS);
    if (Files.exists(facts)) {
      return Optional.of(JSON.read(Files.readAllBytes(facts), facts.toString(), Facts.class));
    }
    if (Files.exists(path)) {
      try (Stream<Path> found = Files.list(path)) {
        Optional<Path> other = found.filter(file -> !file.endsWith(GRAPH)).findFirst();
        if (other.isPresent()) {
          throw refused(path, "it holds %s".formatted(other.get().getFileName()));
        }
      }
      // What a build has left that was killed.
      delete(path.resolve(GRAPH));
    }
    return Optional.empty();
  }

  private static SettingsException refused(Path path, String found) {
    return new SettingsException(
        "Cannot make an index in %s: %s, expected a new or empty directory, or the index of these vectors. Choose another query.index."
            .formatted(path, found));
  }

  private static ChoraleException failure(Path path, IOException e) {
    return new ChoraleException(
        "Cannot use the index in %s: %s, expected a directory on a local disk. Choose another query.index, or query.index-above=0 for none."
            .formatted(path, ChoraleException.readable(String.valueOf(e.getMessage()))),
        e);
  }

  private static void build(Path path, FSDirectory directory, UnitVectors vectors)
      throws IOException {
    Files.createDirectories(path);
    IndexWriterConfig config =
        new IndexWriterConfig(null)
            .setRAMBufferSizeMB(BUFFER_MIB)
            .setUseCompoundFile(false)
            .setCodec(
                new Lucene912Codec() {
                  @Override
                  public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                    return new Lucene99HnswVectorsFormat(CONNECTIONS, BEAM);
                  }
                });
    // One thread builds, and merges happen in it.
    config.setMergeScheduler(new SerialMergeScheduler());
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int place = 0; place < vectors.count(); place++) {
        Document document = new Document();
        document.add(new NumericDocValuesField(PLACE, place));
        document.add(
            new KnnFloatVectorField(
                VECTOR, vectors.vector(place), VectorSimilarityFunction.DOT_PRODUCT));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
    }
  }

  /** The same, searched so widely that the recall is reached. */
  private HnswIndex widened(double recall) {
    Recall measure = new Recall(vectors);
    for (int width = facts.width(); width < vectors.count() / 2; width *= 2) {
      HnswIndex wider = with(width, 0);
      double reached = measure.of(wider);
      if (reached >= recall) {
        return with(width, reached);
      }
    }
    return with(0, 1);
  }

  private HnswIndex with(int width, double recall) {
    return new HnswIndex(
        vectors,
        new Facts(
            facts.vectors(),
            facts.count(),
            facts.size(),
            facts.connections(),
            facts.beam(),
            width,
            recall),
        directory,
        reader);
  }

  @Override
  public List<List<Hit>> search(float[][] queries, int count) {
    if (facts.width() == 0) {
      return new ExactNeighbours(vectors).search(queries, count);
    }
    IndexSearcher searcher = new IndexSearcher(reader);
    List<List<Hit>> found = new ArrayList<>();
    try {
      for (float[] query : queries) {
        found.add(vectors.nearest(query, places(searcher, query, count), count));
      }
    } catch (IOException e) {
      throw failure(directory.getDirectory(), e);
    }
    return found;
  }

  private int[] places(IndexSearcher searcher, float[] query, int count) throws IOException {
    int width = Math.max(facts.width(), count);
    ScoreDoc[] hits =
        searcher.search(new KnnFloatVectorQuery(VECTOR, UnitVectors.unit(query), width), width)
            .scoreDocs;
    int[] places = new int[hits.length];
    for (int i = 0; i < places.length; i++) {
      List<LeafReaderContext> leaves = reader.leaves();
      LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(hits[i].doc, leaves));
      NumericDocValues values = leaf.reader().getNumericDocValues(PLACE);
      values.advanceExact(hits[i].doc - leaf.docBase);
      places[i] = (int) values.longValue();
    }
    return places;
  }

  /** What it is, for people. */
  @Override
  public String toString() {
    return facts.width() == 0
        ? "index of %,d vectors: no width below half of them reaches the recall, so all are compared"
            .formatted(facts.count())
        : "index of %,d vectors: recall@%d %.4f with width %d"
            .formatted(facts.count(), Recall.COUNT, facts.recall(), facts.width());
  }

  @Override
  public void close() {
    try {
      reader.close();
      directory.close();
    } catch (IOException e) {
      throw failure(directory.getDirectory(), e);
    }
  }

  /** Deletes a directory, if it is there. */
  static void delete(Path path) throws IOException {
    if (Files.exists(path)) {
      try (Stream<Path> all = Files.walk(path)) {
        for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(each);
        }
      }
    }
  }
}
