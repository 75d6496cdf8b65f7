/* number_text.c - commas between groups of three digits; no locale. */
#include "base/number_text.h"

#include <inttypes.h>
#include <stdio.h>

NumberText number_text(uint64_t n)
{
    char digits[24];
    NumberText out;
    int n_digits = snprintf(digits, sizeof digits, "%" PRIu64, n), at = 0;

    for (int i = 0; i < n_digits; i++) {
        if (i > 0 && (n_digits - i) % 3 == 0)
            out.text[at++] = ',';
        out.text[at++] = digits[i];
    }
    out.text[at] = '\0';
    return out;
}
