package io.chorale.corpus;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/** Dates and timestamps of Parquet, as ISO texts. */
final class ParquetTimes {
  private static final long JULIAN_1970 = 2_440_588;

  private ParquetTimes() {}

  /** Whether values of that type are times. */
  static boolean areTimes(PrimitiveType type) {
    LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
    return meaning instanceof TimestampLogicalTypeAnnotation
        || meaning instanceof DateLogicalTypeAnnotation
        || type.getPrimitiveTypeName() == PrimitiveTypeName.INT96;
  }

  /** The value at which a column stands. */
  static String read(PrimitiveType type, ColumnReader column) {
    LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
    if (meaning instanceof DateLogicalTypeAnnotation) {
      return LocalDate.ofEpochDay(column.getInteger()).toString();
    }
    if (!(meaning instanceof TimestampLogicalTypeAnnotation timestamp)) {
      // As Spark writes it unless told otherwise: nanoseconds of a Julian day.
      ByteBuffer bytes = column.getBinary().toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      long nanos = bytes.getLong(bytes.position());
      long day = bytes.getInt(bytes.position() + Long.BYTES) - JULIAN_1970;
      return Instant.ofEpochSecond(TimeUnit.DAYS.toSeconds(day), nanos).toString();
    }
    TimeUnit unit =
        switch (timestamp.getUnit()) {
          case MILLIS -> TimeUnit.MILLISECONDS;
          case MICROS -> TimeUnit.MICROSECONDS;
          case NANOS -> TimeUnit.NANOSECONDS;
        };
    long second = Math.floorDiv(column.getLong(), unit.convert(1, TimeUnit.SECONDS));
    long rest = column.getLong() - unit.convert(second, TimeUnit.SECONDS);
    Instant instant = Instant.ofEpochSecond(second, unit.toNanos(rest));
    return timestamp.isAdjustedToUTC()
        ? instant.toString()
        : LocalDateTime.ofInstant(instant, ZoneOffset.UTC).toString();
  }
}
