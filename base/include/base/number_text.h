/* number_text.h - whole numbers for people: 1234567 -> "1,234,567". */
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

#ifdef __cplusplus
}
#endif
#endif
