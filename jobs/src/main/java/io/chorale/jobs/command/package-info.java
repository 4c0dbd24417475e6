/** The command line: one class per command; only this package sees picocli. */
package io.chorale.jobs.command;
