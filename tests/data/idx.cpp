// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of IDX files. The real MNIST is read where NCSN_DATA names the folder that holds it.
#include "../support/files.hpp"

#include <ncsn/data/idx.hpp>

#include <boost/test/unit_test.hpp>

#include <numeric>

using namespace ncsn;
using namespace std::string_literals;
using array = tensor<float, cpu>;

namespace {

/// An IDX file of bytes: these extents, then these data.
std::string idx(std::initializer_list<std::uint32_t> extents, const std::string& data) {
    std::string file{"\0\0\10", 3};
    file += static_cast<char>(extents.size());
    for (const std::uint32_t e : extents) {
        file += {static_cast<char>(e >> 24), static_cast<char>(e >> 16), static_cast<char>(e >> 8), static_cast<char>(e)};
    }
    return file + data;
}
std::string zipped(const std::string& content) {
    const scratch_folder folder;
    const gzFile file = gzopen((folder / "x").c_str(), "wb");
    gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
    gzclose(file);
    return read_text(folder / "x");
}
std::string counting(std::size_t n) {
    std::string bytes(n, '\0');
    std::iota(bytes.begin(), bytes.end(), '\0');
    return bytes;
}
std::string refusal(const std::string& content) {
    const scratch_folder folder;
    write_text(folder / "x", content);
    return message_of([&] { load_idx(folder / "x"); });
}
bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(plain_and_compressed_files_hold_the_same_bytes) {
    const scratch_folder folder;
    const std::string content = idx({2, 3, 5}, counting(30));
    write_text(folder / "plain", content);
    write_text(folder / "packed", zipped(content));
    const auto plain = load_idx(folder / "plain"), packed = load_idx(folder / "packed");
    BOOST_TEST(plain.shape() == (shape{2, 3, 5}));
    BOOST_TEST(packed.shape() == plain.shape());
    BOOST_TEST(int{plain[29]} == 29);
    BOOST_TEST(std::ranges::equal(plain.values(), packed.values()));
}

BOOST_AUTO_TEST_CASE(each_kind_of_damage_has_its_own_answer) {
    const std::string good = idx({2, 3}, counting(6)), packed = zipped(good);
    BOOST_TEST(refusal(good) == "");
    BOOST_TEST(mentions(refusal(""), "incomplete"));
    BOOST_TEST(mentions(refusal("GIF89a"), "starts with 71 73 70 56"));
    BOOST_TEST(mentions(refusal(std::string{"\0\0\15\1\0\0\0\0", 8}), "starts with 0 0 13 1"));
    BOOST_TEST(mentions(refusal(std::string{"\0\0\10\7", 4} + std::string(40, '\1')), "at most 6"));
    BOOST_TEST(mentions(refusal(good.substr(0, good.size() - 1)), "1 bytes early"));
    BOOST_TEST(mentions(refusal(good + "x"), "longer than its header says"));
    BOOST_TEST(mentions(refusal(idx({0xffffffff, 0xffffffff, 0xffffffff}, "")), "cannot be in a file"));
    BOOST_TEST(mentions(refusal(idx({1000, 1000, 1000}, "")), "cannot be in a file"));
    BOOST_TEST(mentions(refusal(zipped(idx({1000, 1000, 1000}, ""))), "cannot be in a file"));
    BOOST_TEST(mentions(refusal(zipped(good + "x")), "longer than its header says"));
    BOOST_TEST(mentions(refusal(zipped(idx({2, 3}, counting(5)))), "1 bytes early"));
    BOOST_TEST(mentions(refusal(packed.substr(0, packed.size() - 6)), "incomplete"));
    std::string wrong_sum = packed;
    wrong_sum[packed.size() - 8] = static_cast<char>(wrong_sum[packed.size() - 8] ^ 1);
    BOOST_TEST(mentions(refusal(wrong_sum), "gzip data are damaged"));
}

array negated(array x) {
    for (std::size_t i = 0; i < x.size(); ++i) x.write()[i] = -x[i];
    return x;
}

BOOST_AUTO_TEST_CASE(mnist_finds_its_files_under_all_their_names) {
    const std::string pixels = idx({2, 2, 2}, counting(8)), labels = idx({2}, "\3\4");
    for (const auto& [image_name, label_name] : {std::pair{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
                                                 std::pair{"train-images.idx3-ubyte", "train-labels.idx1-ubyte"},
                                                 std::pair{"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"}}) {
        const scratch_folder folder;
        write_text(folder / image_name, pixels);
        write_text(folder / label_name, labels);
        const auto data = mnist<array>(folder.path);
        const std::size_t last[]{1};
        BOOST_TEST(data.pixels.shape() == (shape{2, 2, 2, 1}));
        BOOST_TEST((data.labels == std::vector<label>{3, 4}));
        BOOST_TEST(data.batch(last)[3] == 7 / 255.f);
        for (const auto& minus : {mnist<array>(folder.path, negated), fashion_mnist<array>(folder.path, negated)})
            BOOST_TEST(minus.batch(last)[3] == -7 / 255.f);
    }
    const scratch_folder folder;
    std::filesystem::create_directories(folder / "MNIST/raw");
    write_text(folder / "MNIST/raw/t10k-images-idx3-ubyte", pixels);
    write_text(folder / "MNIST/raw/t10k-labels-idx1-ubyte", labels);
    BOOST_TEST(mnist<array>(folder.path, split::test).size() == 2u);
    BOOST_TEST(!message_of([&] { fashion_mnist<array>(folder.path, split::test); }).empty());  // another set's folder is not looked into
    const std::string message = message_of([&] { mnist<array>(folder.path); });
    BOOST_TEST((mentions(message, "train-images-idx3-ubyte") && mentions(message, "data/fetch mnist")));
}

BOOST_AUTO_TEST_CASE(labels_must_fit_the_images) {
    const auto load = [](const std::string& pixels, const std::string& labels) {
        const scratch_folder folder;
        write_text(folder / "t10k-images-idx3-ubyte", pixels);
        write_text(folder / "t10k-labels-idx1-ubyte", labels);
        return message_of([&] { fashion_mnist<array>(folder.path, split::test); });
    };
    BOOST_TEST(load(idx({2, 1, 2}, counting(4)), idx({2}, "\x3d\xff")) == "");       // EMNIST has 62 classes
    BOOST_TEST(mentions(load(idx({2, 1, 2}, counting(4)), idx({3}, "\1\2\3")), "extents [3] for images [2,1,2]"));
    BOOST_TEST(mentions(load(idx({2, 2}, counting(4)), idx({2}, "\1\2")), "[N,H,W] were expected"));
}

BOOST_AUTO_TEST_CASE(several_gzip_members_are_one_content) {
    const scratch_folder folder;
    const std::string content = idx({4, 5, 6}, counting(120));
    std::string file;
    for (std::size_t begin = 0; begin < content.size(); begin += 40) file += zipped(content.substr(begin, 40));
    write_text(folder / "x", file);
    const auto whole = load_idx(folder / "x");
    BOOST_TEST(whole.shape() == (shape{4, 5, 6}));
    BOOST_TEST(int{whole[119]} == 119);
    BOOST_TEST(refusal(file + std::string(512, '\0')) == "");                       // padding of a tape
    BOOST_TEST(refusal(zipped("") + file + zipped("")) == "");
    BOOST_TEST(mentions(refusal(file + "x"), "gzip data end early"));
    BOOST_TEST(mentions(refusal(file + "no other member"), "gzip data are damaged"));
    BOOST_TEST(mentions(refusal(file + zipped("x")), "longer than its header says"));
    BOOST_TEST(mentions(refusal(file.substr(0, file.size() - 6)), "incomplete"));
}

BOOST_AUTO_TEST_CASE(a_folder_of_idx_files_may_be_of_any_size_without_labels_and_without_a_test_split) {
    const scratch_folder folder;
    write_text(folder / "train-images-idx3-ubyte", idx({2, 64, 32}, std::string(4096, '\7')));
    const auto train = idx_images<array>(folder.path, split::train);
    BOOST_REQUIRE(train.has_value());
    BOOST_TEST(train->shape() == (shape{1, 64, 32, 1}));
    BOOST_TEST(train->labels.empty());
    BOOST_TEST(!idx_images<array>(folder.path, split::test).has_value());
    write_text(folder / "train-labels-idx1-ubyte", idx({2}, "\x3d\0"s));
    BOOST_TEST((idx_images<array>(folder.path, split::train)->labels == std::vector<label>{61, 0}));
    BOOST_TEST(mentions(message_of([&] { mnist<array>(folder.path, split::test); }), "no file t10k-images"));
    std::filesystem::remove(folder / "train-labels-idx1-ubyte");
    BOOST_TEST(mentions(message_of([&] { mnist<array>(folder.path); }), "without their labels"));
}

BOOST_AUTO_TEST_CASE(words_before_the_names_are_passed_over_unless_they_differ) {
    const scratch_folder folder;
    write_text(folder / "emnist-letters-train-images-idx3-ubyte.gz", zipped(idx({1, 2, 2}, counting(4))));
    write_text(folder / "emnist-letters-train-labels-idx1-ubyte.gz", zipped(idx({1}, "\x1a")));
    const auto letters = idx_images<array>(folder.path, split::train);
    BOOST_REQUIRE(letters.has_value());
    BOOST_TEST(letters->labels.front() == 26u);
    std::filesystem::rename(folder / "emnist-letters-train-labels-idx1-ubyte.gz", folder / "emnist-digits-train-labels-idx1-ubyte.gz");
    BOOST_TEST(idx_images<array>(folder.path, split::train)->labels.empty());
    write_text(folder / "emnist-digits-train-images-idx3-ubyte", idx({1, 2, 2}, counting(4)));
    const std::string message = message_of([&] { idx_images<array>(folder.path, split::train); });
    BOOST_TEST((mentions(message, "emnist-letters") && mentions(message, "emnist-digits") && mentions(message, "a folder of its own")), message);
}

BOOST_AUTO_TEST_CASE(a_damaged_file_loads_or_is_refused) {
    const scratch_folder folder;
    const std::string good = idx({4, 5, 6}, counting(120));
    const auto load = [](const std::filesystem::path& path) { load_idx(path); };
    const auto plain = load_damaged(good, 16, 3000, folder / "bad", load), packed = load_damaged(zipped(good), 20, 3000, folder / "bad", load);
    BOOST_TEST(plain.other + packed.other == 0, plain.first_other + packed.first_other);
    BOOST_TEST(plain.refused > 1000);
    BOOST_TEST(packed.refused > 1000);
}

BOOST_AUTO_TEST_CASE(the_real_mnist_has_its_published_size_and_statistics) {
    const char* folder = std::getenv("NCSN_DATA");
    if (folder == nullptr || !message_of([&] { mnist<array>(folder); }).empty()) {
        BOOST_TEST_MESSAGE("skipped: NCSN_DATA does not name a folder with MNIST");
        return;
    }
    const auto train = mnist<array>(folder), test = mnist<array>(folder, split::test);
    BOOST_TEST(train.pixels.shape() == (shape{60'000, 28, 28, 1}));
    BOOST_TEST(test.pixels.shape() == (shape{10'000, 28, 28, 1}));
    double sum = 0;
    for (const std::uint8_t p : train.pixels.values()) sum += p;
    BOOST_TEST(sum / (255. * static_cast<double>(train.pixels.size())) == 0.1307, boost::test_tools::tolerance(1e-3));  // published mean
    BOOST_TEST(std::ranges::count(train.labels, 1) == 6742);
    BOOST_TEST(std::ranges::count(test.labels, 1) == 1135);
}

BOOST_AUTO_TEST_CASE(the_packaged_fashion_mnist_has_its_published_size) {
    if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
        BOOST_TEST_MESSAGE("skipped: the package dataset-fashion-mnist is not installed");
        return;
    }
    const auto train = fashion_mnist<array>();
    BOOST_TEST(train.pixels.shape() == (shape{60'000, 28, 28, 1}));
    for (label kind = 0; kind < 10; ++kind) BOOST_TEST(std::ranges::count(train.labels, kind) == 6000);
}
