/** Music that a model writes: reads tunes in ABC notation and writes them as MIDI files. */
package io.chorale.music;
