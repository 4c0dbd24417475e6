/** What people read and shells take: progress, amounts, times, exit codes, the version. */
package io.chorale.jobs.console;
