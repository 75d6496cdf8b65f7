/* number_text.h - whole numbers for people: 1234567 -> "1,234,567". */
#ifndef CLI_NUMBER_TEXT_H
#define CLI_NUMBER_TEXT_H

#include <stdint.h>

typedef struct NumberText {
    char text[32];
} NumberText;

NumberText number_text(uint64_t n);

#endif
