/** Personal data in texts: finds addresses and numbers of people, and masks them. */
package io.chorale.privacy;
