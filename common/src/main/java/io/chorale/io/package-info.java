/**
 * Files: storage over Hadoop's file systems with atomic publishing, safetensors, checksums, and the
 * long float vector that travels.
 */
package io.chorale.io;
