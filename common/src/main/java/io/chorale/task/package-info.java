/** What is learnt: one file a task. */
package io.chorale.task;
