/* number_text.h - numbers for people: 1234567 -> "1,234,567", 0.123456 -> "0.1235". */
#ifndef BASE_NUMBER_TEXT_H
#define BASE_NUMBER_TEXT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { NUMBER_TEXT_BYTES = 40 };

typedef struct NumberText {
    char text[NUMBER_TEXT_BYTES];
} NumberText;

/* number_text - n in decimal, commas between groups of three digits; no locale. cost: O(digits) */
NumberText number_text(uint64_t n);

/* real_text - four significant digits; whole, with commas, from 1000 on; powers of ten from 10^12
 * on and below 0.001. */
NumberText real_text(double value);

/* real_exact - the shorter of %.15g and %.17g that reads back as the same double. */
NumberText real_exact(double value);

#ifdef __cplusplus
}
#endif
#endif
