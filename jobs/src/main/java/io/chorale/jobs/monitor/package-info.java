/** How a training goes, told to those who watch it from outside. */
package io.chorale.jobs.monitor;
