/* text.c - numbers and names as the compiler's messages and dumps show them. */
#include "mapping.h"

#include <inttypes.h>

CountText count_text(uint64_t count)
{
    char digits[COUNT_TEXT_BYTES];
    int n_digits = snprintf(digits, sizeof digits, "%" PRIu64, count);
    CountText result;
    size_t at = 0;
    for (int i = 0; i < n_digits; i++) {
        if (i > 0 && (n_digits - i) % 3 == 0)
            result.text[at++] = ',';
        result.text[at++] = digits[i];
    }
    result.text[at] = '\0';
    return result;
}

const char *format_name(WeightFormat format)
{
    static const char *const name[N_FORMATS] = {
        [FORMAT_SOURCE] = "source", [FORMAT_TARGET] = "target"};
    return format < N_FORMATS ? name[format] : "?";
}
