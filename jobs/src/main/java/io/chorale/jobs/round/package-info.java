/** One round of a training: workers train, executors average, the driver collects the averages. */
package io.chorale.jobs.round;
