/* number_text.c - commas between groups of three digits, four digits of reals; no locale. */
#include "base/number_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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

NumberText real_text(double value)
{
    static const double limit[] = {99.995, 9.9995, 0.99995, 0.099995, 0.0099995};
    NumberText out;
    int decimals = 1;

    if (value == 0) {
        snprintf(out.text, sizeof out.text, "0");
    } else if (!(value < 1e12 && value >= 0.001)) {
        snprintf(out.text, sizeof out.text, "%.3e", value);
    } else if (value >= 999.95) {
        out = number_text((uint64_t)(value + 0.5));
    } else {
        for (size_t i = 0; i < sizeof limit / sizeof limit[0]; i++)
            decimals += value < limit[i];
        snprintf(out.text, sizeof out.text, "%.*f", decimals, value);
    }
    return out;
}

NumberText real_exact(double value)
{
    NumberText out;
    snprintf(out.text, sizeof out.text, "%.15g", value);
    const double read = strtod(out.text, NULL);
    if (read < value || read > value)
        snprintf(out.text, sizeof out.text, "%.17g", value);
    return out;
}
