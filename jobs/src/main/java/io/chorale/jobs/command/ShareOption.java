package io.chorale.jobs.command;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a share above 0: {@code 0.1%} or {@code 0.001}. */
final class ShareOption implements ITypeConverter<Double> {
  private static final Pattern SHARE =
      Pattern.compile("([0-9]*[.]?[0-9]+(?:[eE]-?[0-9]{1,3})?) ?(%?)");
  private static final double PERCENT = 100;

  @Override
  public Double convert(String value) {
    Matcher share = SHARE.matcher(value.strip());
    if (share.matches()) {
      double number = Double.parseDouble(share.group(1));
      double read = share.group(2).isEmpty() ? number : number / PERCENT;
      if (read > 0 && read <= 1) {
        return read;
      }
    }
    throw new TypeConversionException(
        "expected a share above 0 and at most 1, such as 0.1% or 0.001 (got: " + value + ")");
  }
}
