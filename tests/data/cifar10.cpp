// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of CIFAR-10's binary files. Real ones are read where NCSN_DATA names a folder that holds cifar-10-batches-bin.
#include "../support/files.hpp"

#include <ncsn/data/cifar10.hpp>
#include <ncsn/data/transforms.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

namespace {

/// 10,000 records: record i has the label i % 10; its plane c is filled with i % 80 + 80 c, but for the first pixel of red, which is 255.
std::string batch_file() {
    std::string file;
    for (int i = 0; i < 10'000; ++i) {
        file += static_cast<char>(i % 10);
        for (int c = 0; c < 3; ++c) file += std::string(1024, static_cast<char>(i % 80 + 80 * c));
        file[file.size() - 3072] = '\xff';
    }
    return file;
}
bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(planes_become_channels) {
    const scratch_folder folder;
    std::filesystem::create_directory(folder / "cifar-10-batches-bin");
    write_text(folder / "cifar-10-batches-bin/test_batch.bin", batch_file());
    for (const auto& where : {folder.path, folder / "cifar-10-batches-bin"}) {
        const auto data = cifar10<array>(where, split::test);
        BOOST_TEST(data.pixels.shape() == (shape{10'000, 32, 32, 3}));
        BOOST_TEST(data.labels[9'999] == 9u);
        const std::size_t rows[]{83};
        const array x = data.batch(rows);
        BOOST_TEST(x[0] == 1.f);
        BOOST_TEST(x[1] == 83 / 255.f);
        BOOST_TEST(x[2] == 163 / 255.f);
        BOOST_TEST(x[3] == 3 / 255.f);
        BOOST_TEST(x[3071] == 163 / 255.f);
        BOOST_TEST(cifar10<array>(where, rescaled{-1, 1}, split::test).batch(rows)[3] == 2 * (3 / 255.f) - 1);
    }
}

BOOST_AUTO_TEST_CASE(damage_is_named) {
    const scratch_folder folder;
    const std::string good = batch_file();
    const auto refusal = [&](const std::string& content) {
        write_text(folder / "test_batch.bin", content);
        return message_of([&] { cifar10<array>(folder.path, split::test); });
    };
    BOOST_TEST(mentions(refusal(good.substr(1)), "30729999 bytes; 30730000 were expected"));
    BOOST_TEST(mentions(refusal(good + 'x'), "30730001 bytes"));
    BOOST_TEST(mentions(refusal(""), "0 bytes"));
    std::string label = good;
    label[3073 * 7] = '\12';
    BOOST_TEST(mentions(refusal(label), "record 7 has the label 10"));
    const std::string missing = message_of([&] { cifar10<array>(folder.path); });
    BOOST_TEST((mentions(missing, "data_batch_1.bin") && mentions(missing, "data/fetch cifar10")));
}

BOOST_AUTO_TEST_CASE(the_real_cifar10_has_its_published_size_and_mean) {
    const char* folder = std::getenv("NCSN_DATA");
    if (folder == nullptr || !std::filesystem::exists(std::filesystem::path{folder} / "cifar-10-batches-bin")) {
        BOOST_TEST_MESSAGE("skipped: NCSN_DATA does not name a folder with cifar-10-batches-bin");
        return;
    }
    const auto train = cifar10<array>(folder), test = cifar10<array>(folder, split::test);
    BOOST_TEST(train.size() == 50'000u);
    BOOST_TEST(test.size() == 10'000u);
    double sum[3] = {};
    for (std::size_t i = 0; i < train.pixels.size(); ++i) sum[i % 3] += train.pixels[i];
    const double published[]{0.4914, 0.4822, 0.4465};                               // the usual normalization constants; JPEG copies are close
    for (int c = 0; c < 3; ++c) BOOST_TEST(sum[c] / (255. * 50'000 * 1024) == published[c], boost::test_tools::tolerance(5e-3));
    for (label kind = 0; kind < 10; ++kind) BOOST_TEST(std::ranges::count(train.labels, kind) == 5000);
}
