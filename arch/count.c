/* count.c - names of the counted events, out of COUNT_LIST. */
#include "arch/count.h"

#include "base/check.h"

static const char *const NAME[] = {
#define X(ENUM, name, meaning) #name,
    COUNT_LIST(X)
#undef X
};

static const char *const MEANING[] = {
#define X(ENUM, name, meaning) meaning,
    COUNT_LIST(X)
#undef X
};

const char *count_name(Count count)
{
    CHECK((unsigned)count < N_COUNTS);
    return NAME[count];
}

const char *count_meaning(Count count)
{
    CHECK((unsigned)count < N_COUNTS);
    return MEANING[count];
}
