// SPDX-License-Identifier: Apache-2.0
/// \file  A model as a tree of parameters: one `members` tuple a struct names its leaves, and everything that walks parameters follows.
#pragma once

#include <ncsn/autodiff/dual.hpp>

#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace ncsn {

inline std::string numbered(std::size_t i) { return std::to_string(i); }

/// One entry of a `members` tuple: a name and the member it names. The elements of a vector are called name.0, name.1, ... unless `element` says
/// otherwise. Without a name the members of a module (or the elements of a vector) count as the owner's.
template <class Owner, class Member> struct field {
    const char* name;
    Member Owner::*member;
    std::string (*element)(std::size_t) = numbered;

    constexpr field(const char* n, Member Owner::*m, std::string (*e)(std::size_t) = numbered) : name{n}, member{m}, element{e} {}
};

/// A struct with a `members` tuple. It lists every data member: parameters (leaves), modules and vectors of modules (branches), buffers, and
/// settings, which are copied along and otherwise passed over.
template <class M>
concept Module = requires { std::remove_cvref_t<M>::members; };

/// State that is no parameter: copied, saved and averaged with the model, never differentiated.
template <Array A> struct buffer {
    A value;
};
template <class T> inline constexpr bool is_buffer = false;
template <class A> inline constexpr bool is_buffer<buffer<A>> = true;

template <class T> inline constexpr bool is_leaf = Array<T> || is_var<T> || is_dual<T>;
template <class T> inline constexpr bool is_vector = false;
template <class T, class Allocator> inline constexpr bool is_vector<std::vector<T, Allocator>> = Module<T> || is_leaf<T>;

/// M with every parameter type From replaced by To, in all its template arguments; buffers keep their type.
template <class M, class From, class To> struct rebind { using type = M; };
template <class From, class To> struct rebind<From, From, To> { using type = To; };
template <class A, class From, class To> struct rebind<buffer<A>, From, To> { using type = buffer<A>; };
template <template <class...> class M, class... Parts, class From, class To>
    requires(!std::same_as<M<Parts...>, From>)
struct rebind<M<Parts...>, From, To> {
    using type = M<typename rebind<Parts, From, To>::type...>;
};
template <class M, class From, class To> using rebind_t = typename rebind<M, From, To>::type;

/// The type of a model's parameters: the first leaf of the tree.
template <class M> struct parameter_of {
    template <class Node> static auto find() {
        if constexpr (is_leaf<Node>) return std::type_identity<Node>{};
        else if constexpr (is_vector<Node>) return find<typename Node::value_type>();
        else if constexpr (Module<Node>)
            return search<Node>(std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<decltype(Node::members)>>>{});
        else return std::type_identity<void>{};
    }
    template <class Node, std::size_t... I> static auto search(std::index_sequence<I...>) {
        return first(find<std::remove_cvref_t<decltype(std::declval<Node>().*(std::get<I>(Node::members).member))>>()...);
    }
    static auto first() { return std::type_identity<void>{}; }
    template <class Head, class... Tail> static auto first(std::type_identity<Head> head, Tail... tail) {
        if constexpr (std::is_void_v<Head>) return first(tail...);
        else return head;
    }
    using type = typename decltype(find<M>())::type;
};
template <class M> using parameter_t = typename parameter_of<std::remove_cvref_t<M>>::type;

/// A parameter or a buffer of a model and the path of names that leads to it; one of the two pointers is set.
template <class P, class B> struct model_part {
    std::string name;  ///< empty where nobody asked for names
    P* parameter;
    B* buffer;
};
/// Where a walk through a tree is: names joined by dots, kept only where somebody asks for them.
class module_path {
    bool named;
    std::string text;

  public:
    explicit module_path(bool n) : named{n} {}
    operator const std::string&() const { return text; }
    /// Steps to a member, or to one of its elements. Returns what `leave` takes to step back.
    std::size_t enter(const char* name) {
        const std::size_t before = text.size();
        if (named) {
            if (!text.empty() && text.back() != '.') text += '.';
            text += name;
        }
        return before;
    }
    std::size_t enter(const char* name, std::string (*element)(std::size_t), std::size_t i) {
        const std::size_t before = enter(name);
        if (named) {
            if (*name) text += '.';
            text += element(i);
        }
        return before;
    }
    void leave(std::size_t before) { text.resize(before); }
};
/// Appends the parts of a tree in the order of `members`. One small function a type of node, for const trees as well, and not one a caller: models
/// are deep, and callers are many.
template <class P, class B, class Node> void collect(Node& node, module_path& path, std::vector<model_part<P, B>>& parts) {
    if constexpr (Module<Node>) {
        const auto member = [&](const auto& entry) {
            auto& child = node.*(entry.member);
            using type = std::remove_cvref_t<decltype(child)>;
            if constexpr (is_vector<type>) {
                for (std::size_t i = 0; i < child.size(); ++i) {
                    const std::size_t before = path.enter(entry.name, entry.element, i);
                    collect(child[i], path, parts);
                    path.leave(before);
                }
            } else if constexpr (Module<type> || is_leaf<type> || is_buffer<type>) {
                const std::size_t before = path.enter(entry.name);
                collect(child, path, parts);
                path.leave(before);
            }
        };
        std::apply([&](const auto&... entries) { (member(entries), ...); }, Node::members);
    } else if constexpr (is_leaf<Node>) {
        static_assert(std::same_as<Node, P>, "a model has parameters of one type");
        parts.push_back({path, &node, nullptr});
    } else parts.push_back({path, nullptr, &node.value});
}
template <class M> auto parts_of(M& model, bool named) {
    using P = parameter_t<M>;
    using B = array_under_t<P>;
    std::vector<model_part<P, B>> parts;
    module_path path{named};
    collect(const_cast<std::remove_const_t<M>&>(model), path, parts);
    if constexpr (std::is_const_v<M>) {
        std::vector<model_part<const P, const B>> unchanging;
        for (auto& part : parts) unchanging.push_back({std::move(part.name), part.parameter, part.buffer});
        return unchanging;
    } else return parts;
}
/// The same parts of several trees; their numbers must agree.
template <class First, class... Rest> auto parts_in_step(bool named, First& first, Rest&... rest) {
    std::tuple parts{parts_of(first, named), parts_of(rest, false)...};
    const std::size_t n = std::get<0>(parts).size();
    std::apply([n](const auto&... each) {
        (require(each.size() == n, "models differ: one has ", n, " parameters and buffers, another ", each.size(),
                 "; the same structure was expected"), ...);
    }, parts);
    return parts;
}

/// f(parameter, the same parameter of the other trees...) for every parameter.
template <class F, class First, class... Rest> void for_each_leaf(const F& f, First& first, Rest&... rest) {
    const auto parts = parts_in_step(false, first, rest...);
    for (std::size_t i = 0; i < std::get<0>(parts).size(); ++i)
        if (std::get<0>(parts)[i].parameter != nullptr) std::apply([&](const auto&... each) { f(*each[i].parameter...); }, parts);
}
/// f(name, parameter, ...) for every parameter and, as an array, every buffer: what a checkpoint holds.
template <class F, class First, class... Rest> void for_each_named(const F& f, First& first, Rest&... rest) {
    const auto parts = parts_in_step(true, first, rest...);
    for (std::size_t i = 0; i < std::get<0>(parts).size(); ++i) {
        const auto& one = std::get<0>(parts)[i];
        if (one.parameter != nullptr) std::apply([&](const auto&... each) { f(one.name, *each[i].parameter...); }, parts);
        else std::apply([&](const auto&... each) { f(one.name, *each[i].buffer...); }, parts);
    }
}

/// for_each_element(f, the same array of every tree...) for the parameters, or for all parts; a device that runs kernels does it for all arrays
/// together.
template <class F, class... Trees> void update_parts(bool buffers, const F& f, Trees&... trees) {
    const auto chosen = [buffers](const auto& parts) {
        std::vector<decltype(parts[0].parameter)> arrays;
        for (const auto& part : parts)
            if (part.parameter != nullptr) arrays.push_back(part.parameter);
            else if (buffers) arrays.push_back(part.buffer);
        return arrays;
    };
    std::apply([&](const auto&... parts) { for_each_element_of_all(f, chosen(parts)...); }, parts_in_step(false, trees...));
}
/// f(number, the same number of the other trees...) for every element of every parameter. Numbers of trees that are not const may be written to.
template <class F, class... Trees> void update_parameters(const F& f, Trees&... trees) { update_parts(false, f, trees...); }
/// The same for parameters and buffers.
template <class F, class... Trees> void update_all(const F& f, Trees&... trees) { update_parts(true, f, trees...); }

/// The most that an object can be large which has the data members that M::members lists and no others: each with what it takes to the next multiple
/// of the alignment, in whatever order.
template <Module M> consteval std::size_t listed_size() {
    const auto taken = [](std::size_t size) { return (size + alignof(M) - 1) / alignof(M) * alignof(M); };
    const std::size_t size = std::apply([&](const auto&... entries) {
        return (std::size_t{0} + ... + taken(sizeof(std::declval<const M&>().*(entries.member))));
    }, M::members);
    return (size == 0 ? sizeof(M) : size) + (std::is_polymorphic_v<M> ? taken(sizeof(void*)) : 0);
}
/// Converts to whatever a data member of M can be, so that as many of them as M has members initialise it, where it is an aggregate.
template <class M> struct any_member_of {
    template <class T>
        requires(!std::is_base_of_v<T, M>)                                          // a base is no member; without it the braces of its members elide
    operator T() const;
};
template <Module M, std::size_t... I> consteval bool initialised_by(std::index_sequence<I...>) {
    return requires { M{(static_cast<void>(I), any_member_of<M>{})...}; };
}
template <class Pointer> inline constexpr std::size_t initialisers = 1;
template <class Owner, class Member>                                                // an array of C takes one for each element
inline constexpr std::size_t initialisers<Member Owner::*> = sizeof(Member) / sizeof(std::remove_all_extents_t<Member>);
/// Whether M is an aggregate, a class without constructors, and more initialise it than the data members that M::members lists.
template <Module M> consteval bool has_more_members() {
#if !defined(__CUDACC__)                                                            // what the host's compiler says is enough
    if constexpr (std::is_aggregate_v<M>) {
        constexpr std::size_t listed = std::apply([](const auto&... entries) {
            return (std::size_t{0} + ... + initialisers<decltype(entries.member)>);
        }, M::members);
        return listed > 0 && initialised_by<M>(std::make_index_sequence<listed + 1>{});
    }
#endif
    return false;
}
/// Whether M::members can be all data members. Those of an aggregate are counted. With a constructor a class has only its size: a parameter, module
/// or vector that was forgotten always shows, but a setting of a few bytes may hide beside another of that kind. A model that lists nothing has no
/// parameters, is never copied member by member, and is not asked.
template <class M> inline constexpr bool lists_its_members = sizeof(M) <= listed_size<M>() && !has_more_members<M>();

/// Gives a tree of another parameter type the structure, buffers and settings of a model; its parameters stay as they are.
template <class From, class To> void restructure(const From& from, To& to) {
    if constexpr (Module<From>) {
        static_assert(is_var<parameter_t<From>> || lists_its_members<From>, "`members` must list every data member of a model, settings too: one "
                      "was forgotten, and a lifted copy would not have it");
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (restructure(from.*(std::get<I>(From::members).member), to.*(std::get<I>(To::members).member)), ...);
        }(std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<decltype(From::members)>>>{});
    } else if constexpr (is_vector<From>) {
        to.resize(from.size());
        for (std::size_t i = 0; i < from.size(); ++i) restructure(from[i], to[i]);
    } else if constexpr (!is_leaf<From>) to = from;
}
/// A tree of another parameter type: leaves through `convert`, everything else copied.
template <class To, class From, class Convert> To converted(const From& model, const Convert& convert) {
    To result;
    restructure(model, result);
    for_each_leaf([&convert](const auto& from, auto& to) { to = convert(from); }, model, result);
    return result;
}

/// Whether a model's parameters are on a tape.
template <class M> inline constexpr bool on_tape = is_var<parameter_t<M>>;

/// A module that can be put on a tape: a struct template over the type of its parameters, so that the type can be replaced.
template <class M>
concept Trainable = Module<M> && !std::same_as<rebind_t<M, parameter_t<M>, var<parameter_t<M>>>, M>;

/// The model with every parameter a leaf of the tape.
template <Module M, Array A> auto on(tape<A>& t, const M& model) {
    return converted<rebind_t<M, A, var<A>>>(model, [&t](const A& p) { return on(t, p); });
}
/// The model with plain parameters.
template <Module M> auto values(const M& model) {
    if constexpr (on_tape<M>) {
        using A = array_under_t<parameter_t<M>>;
        return converted<rebind_t<M, var<A>, A>>(model, [](const var<A>& p) { return p.value(); });
    } else return model;
}
/// The adjoints of a model on a tape after a sweep, as a model; zero where nothing arrived.
template <Module M> auto adjoints(const M& model) {
    using A = array_under_t<parameter_t<M>>;
    return converted<rebind_t<M, var<A>, A>>(model, [](const var<A>& p) {
        const A& adjoint = p.node().tape->adjoint(p.node().index);
        return adjoint.empty() ? zeros_like(p) : adjoint;
    });
}
/// How many numbers the parameters are.
template <Module M> std::size_t parameter_count(const M& model) {
    std::size_t n = 0;
    for_each_leaf([&n](const auto& p) { n += shape_of(p).size(); }, model);
    return n;
}

}  // namespace ncsn
