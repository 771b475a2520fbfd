// SPDX-License-Identifier: Apache-2.0
/// \file  Several processes that train one model and talk by MPI. Not part of ncsn.hpp: it needs mpi.h, and programs link MPI::MPI_CXX.
#pragma once

#include <ncsn/training/communicator.hpp>

#include <mpi.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <limits>

namespace ncsn {

/// The processes of an MPI communicator, a Communicator for gradient_step:
///     gradient_step{objective, rate, settings, mpi_processes{}}
/// gives what one process gives with settings.parts times as many parts as there are processes, to the last bit where MPI adds in the order of ranks.
/// Sums of arrays on a device go by way of the host. Needs MPI to be initialised (mpi_session does it) and all processes to call the same things.
class mpi_processes {
public:
    explicit mpi_processes(MPI_Comm communicator = MPI_COMM_WORLD) : communicator_{communicator} {
        int ready = 0, rank = 0, size = 0;
        MPI_Initialized(&ready);
        require(ready != 0, "mpi_processes: MPI is not initialised; call MPI_Init or make an mpi_session first");
        MPI_Comm_rank(communicator_, &rank);
        MPI_Comm_size(communicator_, &size);
        rank_ = static_cast<std::size_t>(rank);
        size_ = static_cast<std::size_t>(size);
    }
    std::size_t rank() const { return rank_; }
    std::size_t size() const { return size_; }

    /// Added up by process 0 and sent from there: MPI does not promise that a sum which all of them form has the same bits in each.
    template <Array A> void sum(A& x) const {
        using T = typename A::value_type;
        static_assert(std::same_as<T, float> || std::same_as<T, double>, "mpi_processes: float and double are added up; gradients are of these");
        if constexpr (A::device_type::is_host) {
            const MPI_Datatype type = std::same_as<T, float> ? MPI_FLOAT : MPI_DOUBLE;
            T* const values = x.write();
            for (std::size_t done = 0; done < x.size();) {                          // MPI counts by int
                const std::size_t n = std::min(x.size() - done, std::size_t{std::numeric_limits<int>::max()});
                const int count = static_cast<int>(n);
                T* const part = values + done;
                if (rank_ == 0) MPI_Reduce(MPI_IN_PLACE, part, count, type, MPI_SUM, 0, communicator_);
                else MPI_Reduce(part, nullptr, count, type, MPI_SUM, 0, communicator_);
                MPI_Bcast(part, count, type, 0, communicator_);
                done += n;
            }
        } else {
            auto here = on_device<cpu>(x);
            sum(here);
            x = on_device<typename A::device_type>(here);
        }
    }

private:
    MPI_Comm communicator_;
    std::size_t rank_ = 0, size_ = 1;
};

/// MPI from here to the end of the scope. A process that leaves it by an exception ends all of them: the others would wait for it.
class mpi_session {
public:
    mpi_session(int& argc, char**& argv) : exceptions_{std::uncaught_exceptions()} {
        int provided = 0;
        MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);              // threads of OpenMP compute, one talks
    }
    mpi_session(const mpi_session&) = delete;
    mpi_session& operator=(const mpi_session&) = delete;
    ~mpi_session() {
        if (std::uncaught_exceptions() > exceptions_) {
            std::fputs("mpi_session: a process ends by an error, and all others with it\n", stderr);
            MPI_Abort(MPI_COMM_WORLD, 1);
        }
        MPI_Finalize();
    }

private:
    int exceptions_;
};

}  // namespace ncsn
