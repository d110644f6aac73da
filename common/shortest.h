/* Floating-point numbers as text, with the fewest figures that give the same number again. */
#ifndef SIDECALL_COMMON_SHORTEST_H
#define SIDECALL_COMMON_SHORTEST_H

#define SHORTEST_ROOM 32 /* bytes, for a number with its zero byte */

/* Writes the number: 0.1, 1e+22, 5e-324; "NaN", "Infinity" and "-Infinity" for what has no figures.
 * Gives the text. */
const char *shortest(double number, char text[SHORTEST_ROOM]);

/* The same for a number that is a float: 0.1, not 0.10000000149011612. */
const char *shortest_float(float number, char text[SHORTEST_ROOM]);

#endif
