/* vocabulary.h - words and their ids. Private to models. */
#ifndef MODELS_VOCABULARY_H
#define MODELS_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

typedef struct VocabularyEntry {
    const char *word;
    uint32_t id;
} VocabularyEntry;

/* Blanks between words: those of ASCII. */
static inline bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* vocabulary_index - the words in order, for vocabulary_find. cost: O(words * log(words)) */
VocabularyEntry *vocabulary_index(Arena *arena, const char *const *words, uint32_t n_words);

/* vocabulary_find - the id of the word of `length` bytes, none of them 0; false if there is none.
 * cost: O(log(words)) */
bool vocabulary_find(const VocabularyEntry *index, uint32_t n_words, const char *word,
                     size_t length, uint32_t *id);

/* vocabulary_check - refuse empty, blank and double words; `where` stands in messages. */
Status vocabulary_check(Arena *scratch, const char *where, const char *const *words,
                        uint32_t n_words, Err *err);

#endif
