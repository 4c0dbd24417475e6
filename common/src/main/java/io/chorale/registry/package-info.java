/**
 * Versions of models by name, on any Hadoop file system: they never change, aliases name them, and
 * one log of commits says which there are.
 */
package io.chorale.registry;
