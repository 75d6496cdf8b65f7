// The weight formats byte by byte: readers on images by hand, and every damage refused by name.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

// a private header: C only
extern "C" {
#include "program_private.h"
}

#include "arch/matrix_image.h"

// The matrix of these tests, 3 sources x 5 targets: (0, 1) = 7, (0, 4) = -3, (2, 0) = 5.
struct MatrixImageTest : ::testing::Test {
    std::vector<uint8_t> image;
    MatrixImage matrix = {};
    Precision precision = PRECISION_INT8;

    void append(const std::vector<uint32_t> &values, uint32_t n_bytes)
    {
        for (const uint32_t value : values)
            for (uint32_t b = 0; b < n_bytes; b++)
                image.push_back(static_cast<uint8_t>(value >> 8 * b));
    }

    // Weights first, then pointers, then indices.
    void lay_out(WeightFormat format, uint32_t index_bytes, const std::vector<uint32_t> &weights,
                 const std::vector<uint32_t> &pointers, const std::vector<uint32_t> &indices)
    {
        image = {0xee};
        matrix = {3, 5, 3, format, index_bytes, false, format == FORMAT_DENSE_MLA ? 0U : 2U,
                  0, 0, 1};
        append(weights, 1);
        matrix.pointer_offset = image.size();
        append(pointers, 2);
        matrix.index_offset = image.size();
        append(indices, format == FORMAT_BITMAP ? 4 : index_bytes);
    }

    void source()
    {
        lay_out(FORMAT_SOURCE, 1, {7, 0xfd, 5}, {0, 2, 2, 3}, {1, 4, 0});
    }
    void delta()
    {
        source();
        image[matrix.index_offset + 1] = 2; // 4 - 1 - 1
        matrix.index_delta = true;
    }
    void target()
    {
        lay_out(FORMAT_TARGET, 2, {5, 7, 0xfd}, {0, 1, 2, 2, 2, 3}, {2, 0, 0});
    }
    void bitmap()
    {
        lay_out(FORMAT_BITMAP, 0, {7, 0xfd, 5}, {0, 2, 2, 3}, {0x12, 0, 1});
    }
    void dense()
    {
        lay_out(FORMAT_DENSE_MLA, 0, {0, 7, 0, 0, 0xfd, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0}, {}, {});
    }

    std::string check(const uint32_t *source_unit = nullptr)
    {
        CoreProgram core = {};
        core.image = image.data();
        core.image_bytes = image.size();
        Arena *scratch = arena_new();
        MatrixPlace place = {&core, &matrix, precision, source_unit, scratch};
        char why[MATRIX_WHY_BYTES] = "";
        const bool right = program_check_matrix(&place, why);
        arena_free(scratch);
        return right ? "" : why;
    }

    // (row, column, weight) as text, read weight by weight; unpacked, the matrix must be the same.
    std::string read()
    {
        std::string text;
        Arena *scratch = arena_new();
        MatrixEntries entries = {};
        EXPECT_TRUE(matrix_unpack(scratch, image.data(), &matrix, &entries));
        uint64_t n = 0;
        for (uint32_t row = 0; row < matrix_rows(&matrix); row++) {
            MatrixRow at = matrix_row(image.data(), &matrix, row);
            while (matrix_row_next(&at)) {
                text += "(" + std::to_string(row) + "," + std::to_string(at.column) + ")=" +
                        std::to_string(static_cast<int>(
                            image_weight(image.data(), &matrix, precision, at.entry))) +
                        " ";
                EXPECT_EQ(entries.row[n], row);
                EXPECT_EQ(entries.column[n], at.column);
                n++;
            }
        }
        EXPECT_EQ(n, matrix.n_weights);
        arena_free(scratch);
        return text;
    }
};

TEST_F(MatrixImageTest, EveryFormatReadsTheSameWeights)
{
    const std::string by_source = "(0,1)=7 (0,4)=-3 (2,0)=5 ";
    source();
    EXPECT_EQ(check(), "");
    EXPECT_EQ(read(), by_source);
    delta();
    EXPECT_EQ(check(), "");
    EXPECT_EQ(read(), by_source);
    bitmap();
    EXPECT_EQ(check(), "");
    EXPECT_EQ(read(), by_source);
    dense();
    EXPECT_EQ(check(), "");
    EXPECT_EQ(read(), by_source);
    target();
    EXPECT_EQ(check(), "");
    EXPECT_EQ(read(), "(0,2)=5 (1,0)=7 (4,0)=-3 ");
}

TEST_F(MatrixImageTest, BitmapRowsGoOverWordBoundaries)
{
    image.clear();
    matrix = {1, 70, 4, FORMAT_BITMAP, 0, false, 2, 0, 4, 16};
    append({0, 4}, 2);
    append({0x80000001, 0x80000000, 0x20}, 4); // targets 0, 31, 63, 69
    append({1, 2, 3, 4}, 1);
    EXPECT_EQ(matrix_row_words(&matrix), 3u);
    EXPECT_EQ(check(), "");
    EXPECT_EQ(read(), "(0,0)=1 (0,31)=2 (0,63)=3 (0,69)=4 ");
    image[12] = 0x60; // target 70 does not exist
    EXPECT_EQ(check(), "row 0 has bits behind its 70 targets");
}

TEST_F(MatrixImageTest, Bf16AndFp32WeightsAreReadAsFloats)
{
    image = {0x80, 0x3f, 0x00, 0xc0, 0, 0, 0x20, 0x41};
    matrix = {1, 2, 2, FORMAT_SOURCE, 1, false, 2, 0, 0, 0};
    EXPECT_EQ(image_weight(image.data(), &matrix, PRECISION_BF16, 0), 1.0f);
    EXPECT_EQ(image_weight(image.data(), &matrix, PRECISION_BF16, 1), -2.0f);
    EXPECT_EQ(image_weight(image.data(), &matrix, PRECISION_FP32, 1), 10.0f);
}

TEST_F(MatrixImageTest, SourcesOfARowByTargetAscendByTheirUnits)
{
    target();
    matrix.n_weights = 2; // both in the row of target 0
    image = {5, 7, 0, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 0, 0};
    matrix.weight_offset = 0;
    matrix.pointer_offset = 2;
    matrix.index_offset = 14;
    EXPECT_EQ(check(), "row 0 has index 0; expected 3 to 2, ascending");
    const uint32_t unit[] = {2, 1, 0}; // source 2 is unit 0, source 0 is unit 2
    EXPECT_EQ(check(unit), "");
}

TEST_F(MatrixImageTest, RowsThatDoNotHoldAllWeightsAreNotUnpacked)
{
    Arena *scratch = arena_new();
    MatrixEntries entries = {};
    const auto unpacks = [&](void (MatrixImageTest::*make)(), uint64_t byte, uint8_t value) {
        (this->*make)();
        image[matrix.pointer_offset + byte] = value;
        return matrix_unpack(scratch, image.data(), &matrix, &entries);
    };
    for (const auto make : {&MatrixImageTest::source, &MatrixImageTest::bitmap}) {
        EXPECT_TRUE(unpacks(make, 0, 0));
        EXPECT_FALSE(unpacks(make, 0, 1)); // first pointer 1
        EXPECT_FALSE(unpacks(make, 2, 3)); // rows of 3, -1 and 1 weights
        EXPECT_FALSE(unpacks(make, 4, 1)); // rows of 2, -1 and 2
    }
    EXPECT_FALSE(unpacks(&MatrixImageTest::source, 6, 4)); // 4 weights of 3
    EXPECT_FALSE(unpacks(&MatrixImageTest::source, 6, 2)); // 2 of 3
    dense();
    image[1] = 1; // a fourth weight
    EXPECT_FALSE(matrix_unpack(scratch, image.data(), &matrix, &entries));
    arena_free(scratch);
}

TEST_F(MatrixImageTest, LongSparseRowsUnpackAsTheyAreRead)
{
    for (const uint32_t pointer_bytes : {2U, 4U}) {
        const uint32_t n_rows = 300;
        std::vector<uint32_t> pointers = {0}, indices;
        for (uint32_t row = 0; row < n_rows;
             row++) { // 0, 0, 2, 0, 1, 0, 2, ...: runs of empty rows
            for (uint32_t i = 0; i < row % 7 % 3; i++)
                indices.push_back(2 * i + row % 3);
            pointers.push_back(static_cast<uint32_t>(indices.size()));
        }
        image.clear();
        matrix = {n_rows, 7, indices.size(), FORMAT_SOURCE, 1, false, pointer_bytes, 0, 0, 0};
        append(pointers, pointer_bytes);
        matrix.index_offset = image.size();
        append(indices, 1);
        matrix.weight_offset = image.size();
        append(std::vector<uint32_t>(indices.size(), 1), 1);
        EXPECT_EQ(check(), "");
        read();
    }
}

struct MatrixDamage {
    const char *name;
    std::function<void(MatrixImageTest &)> make;
    const char *message;
};

class MatrixDamageTest : public MatrixImageTest
{
};

TEST_F(MatrixDamageTest, EveryDamageIsNamed)
{
    const std::vector<MatrixDamage> rows = {
        {"format", [](auto &t) { t.source(), t.matrix.format = static_cast<WeightFormat>(4); },
         "has weight format 4; expected 0 to 3"},
        {"dense precision", [](auto &t) { t.dense(), t.precision = PRECISION_BF16; },
         "is in dense-mla format; expected int8 weights then, not bf16"},
        {"index of bitmap", [](auto &t) { t.bitmap(), t.matrix.index_bytes = 1; },
         "has indices of 1 bytes; expected none in bitmap format"},
        {"index width", [](auto &t) { t.source(), t.matrix.index_bytes = 0; },
         "has indices of 0 bytes; expected 1, 2 or 4"},
        {"delta of target", [](auto &t) { t.target(), t.matrix.index_delta = true; },
         "has delta indices; expected them in source format only, not target"},
        {"pointer width", [](auto &t) { t.bitmap(), t.matrix.pointer_bytes = 1; },
         "has row pointers of 1 bytes; expected 2 or 4 in bitmap format"},
        {"pointers of dense", [](auto &t) { t.dense(), t.matrix.pointer_bytes = 2; },
         "has row pointers of 2 bytes; expected none in dense-mla format"},
        {"block outside", [](auto &t) { t.dense(), t.image.pop_back(); },
         "does not lie in the image of 15 bytes"},
        {"bits outside", [](auto &t) { t.bitmap(), t.image.pop_back(); },
         "does not lie in the image of 23 bytes"},
        {"count beyond all", [](auto &t) { t.source(), t.matrix.n_weights = UINT64_MAX; },
         "does not lie in the image of 15 bytes"},
        {"zero code", [](auto &t) { t.source(), t.image[1] = 0; },
         "has the code 0; expected -127 to 127, and not 0"},
        {"code -128", [](auto &t) { t.dense(), t.image[1] = 0x80; },
         "has the code -128; expected -127 to 127, and not 0"},
        {"bit too many", [](auto &t) { t.bitmap(), t.image[t.matrix.index_offset + 4] = 1; },
         "row 1 has 1 bits; expected 0, as its pointers say"},
        {"bit too few", [](auto &t) { t.bitmap(), t.image[t.matrix.index_offset] = 2; },
         "row 0 has 1 bits; expected 2, as its pointers say"},
        {"weight too many", [](auto &t) { t.dense(), t.image[1] = 9; },
         "rows hold 4 weights; expected 3"},
        {"delta beyond", [](auto &t) { t.delta(), t.image[t.matrix.index_offset + 1] = 3; },
         "row 0 has index 5; expected 2 to 4, ascending"},
        {"pointer", [](auto &t) { t.source(), t.image[t.matrix.pointer_offset + 2] = 4; },
         "row 0 ends at 4; expected 0 to 3"},
    };
    for (const MatrixDamage &row : rows) {
        precision = PRECISION_INT8;
        row.make(*this);
        EXPECT_EQ(check(), row.message) << row.name;
    }
}
