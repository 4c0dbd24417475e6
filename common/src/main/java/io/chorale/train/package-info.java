/** Local training of one worker: optimizer, schedule and loop. */
package io.chorale.train;
