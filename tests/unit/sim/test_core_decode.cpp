// core_decode.c: matrices of images as rows by source, alone and joined; tally.h: packet_sum.
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <tuple>
#include <vector>

#include "base/rng.h"
#include "core_model.h"

namespace
{

using Weights = std::map<std::pair<uint32_t, uint32_t>, float>; // by (source, target)

// An image with one matrix in source format, 16-bit indices.
struct SourceMatrix {
    std::vector<uint8_t> image;
    MatrixImage matrix{};

    void append(uint32_t value, int bytes)
    {
        for (int i = 0; i < bytes; i++)
            image.push_back(static_cast<uint8_t>(value >> 8 * i));
    }

    SourceMatrix(const Weights &weights, uint32_t n_sources, uint32_t n_targets)
    {
        matrix.n_sources = n_sources;
        matrix.n_targets = n_targets;
        matrix.n_weights = weights.size();
        matrix.format = FORMAT_SOURCE;
        matrix.index_bytes = matrix.pointer_bytes = 2;
        uint32_t n = 0;
        for (uint32_t source = 0; source <= n_sources; source++) {
            append(n, 2);
            for (uint32_t target = 0; target < n_targets; target++)
                n += static_cast<uint32_t>(weights.count({source, target}));
        }
        matrix.index_offset = image.size();
        for (const auto &at : weights)
            append(at.first.second, 2);
        matrix.weight_offset = image.size();
        for (const auto &at : weights) {
            uint32_t bits;
            std::memcpy(&bits, &at.second, sizeof bits);
            append(bits, 4);
        }
    }
};

Weights random_weights(Rng *rng, uint32_t n_sources, uint32_t n_targets)
{
    Weights weights;
    for (uint32_t i = 0; i < n_sources * n_targets / 3; i++)
        weights[{static_cast<uint32_t>(rng_below(rng, n_sources)),
                 static_cast<uint32_t>(rng_below(rng, n_targets))}] =
            static_cast<float>(1 + rng_below(rng, 100));
    return weights;
}

Weights read_rows(const DecodedMatrix &rows, uint32_t n_sources)
{
    Weights weights;
    for (uint32_t source = 0; source < n_sources; source++)
        for (uint32_t i = rows.start[source]; i < rows.start[source + 1]; i++)
            weights[{source, rows.target[i]}] = rows.weight[i];
    return weights;
}

TEST(CoreDecode, MatricesAreJoinedByUnitWithTheTargetsOfTheWhole)
{
    Rng rng = rng_make(5, 0);
    Arena *arena = arena_new();
    for (int round = 0; round < 20; round++) {
        const uint32_t n_sources = 1 + static_cast<uint32_t>(rng_below(&rng, 40));
        const uint32_t n_parts = 1 + static_cast<uint32_t>(rng_below(&rng, 4));
        std::vector<uint32_t> unit_of(n_sources);
        for (uint32_t i = 0; i < n_sources; i++)
            unit_of[i] = n_sources - 1 - i;
        std::vector<SourceMatrix> images;
        std::vector<std::vector<uint32_t>> target_of;
        Weights expected;
        for (uint32_t p = 0; p < n_parts; p++) {
            const uint32_t n_targets = 1 + static_cast<uint32_t>(rng_below(&rng, 9));
            const Weights weights = random_weights(&rng, n_sources, n_targets);
            images.emplace_back(weights, n_sources, n_targets);
            target_of.emplace_back();
            for (uint32_t i = 0; i < n_targets; i++)
                target_of.back().push_back(i * n_parts + p);
            for (const auto &at : weights)
                expected[{unit_of[at.first.first], target_of.back()[at.first.second]}] = at.second;
            const DecodedMatrix alone = decode_matrix(arena, images.back().image.data(),
                                                      &images.back().matrix, PRECISION_FP32);
            EXPECT_EQ(read_rows(alone, n_sources), weights);
        }
        std::vector<MatrixPart> parts;
        for (uint32_t p = 0; p < n_parts; p++)
            parts.push_back(
                {decode_list(arena, images[p].image.data(), &images[p].matrix, PRECISION_FP32),
                 target_of[p].data()});
        const DecodedMatrix joined =
            decode_join(arena, parts.data(), n_parts, n_sources, unit_of.data(), false);
        EXPECT_EQ(read_rows(joined, n_sources), expected);
    }
    arena_free(arena);
}

TEST(PacketSum, TellsLossesDoublesAndChangedPayloads)
{
    Rng rng = rng_make(6, 0);
    for (int round = 0; round < 1000; round++) {
        const auto key = static_cast<uint32_t>(rng_u64(&rng));
        const auto other = key + 1 + static_cast<uint32_t>(rng_below(&rng, 5000));
        const auto value = static_cast<float>(1 + rng_below(&rng, 127)); // as int8 codes are sent
        uint32_t a, b = static_cast<uint32_t>(rng_u64(&rng));
        std::memcpy(&a, &value, sizeof a);
        EXPECT_NE(packet_sum(key, a), 0U);
        EXPECT_NE(packet_sum(key, 0), 0U); // a marker
        if (a == b)
            continue;
        EXPECT_NE(packet_sum(key, a), packet_sum(key, b));
        EXPECT_NE(packet_sum(key, a), packet_sum(other, a));
        const float half = value / 2;
        std::memcpy(&b, &half, sizeof b);
        EXPECT_NE(packet_sum(key, a) + packet_sum(other, b),
                  packet_sum(key, b) + packet_sum(other, a));
    }
}

} // namespace
