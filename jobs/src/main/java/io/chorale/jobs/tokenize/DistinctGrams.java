package io.chorale.jobs.tokenize;

import java.util.HashSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** The n-grams of {@link MatchedPart#GRAMS}, each once for a document that has it. */
final class DistinctGrams implements Iterator<Row> {
  private final TableFiles.Rows rows;
  private final Set<Long> seen = new HashSet<>();
  private long document = -1;
  private boolean more;

  DistinctGrams(TableFiles.Rows rows) {
    this.rows = rows;
    step();
  }

  private void step() {
    more = rows.next();
    while (more && !first()) {
      more = rows.next();
    }
  }

  private boolean first() {
    if (rows.get(MatchedPart.ORDINAL) != document) {
      document = rows.get(MatchedPart.ORDINAL);
      seen.clear();
    }
    return seen.add(rows.get(MatchedPart.GRAM));
  }

  @Override
  public boolean hasNext() {
    return more;
  }

  @Override
  public Row next() {
    if (!more) {
      throw new NoSuchElementException();
    }
    Row gram = RowFactory.create(rows.get(MatchedPart.GRAM));
    step();
    return gram;
  }
}
