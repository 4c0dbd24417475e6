package io.chorale.corpus;

import java.io.InputStream;

/** The unpacked bytes of a packed file, which tells how far in it they lie. */
abstract class PackedInput extends InputStream {
  /**
   * The place in the packed file of what the next byte is unpacked from. Within a block that is
   * unpacked at once, all of its bytes are taken for equally long.
   */
  abstract long place();
}
