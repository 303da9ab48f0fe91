// Overload: a visitor put together from lambdas, for VisitPayload. Ignored: the part of it that says which events a fold passes over; it
// names them one by one, so that a new event does not compile before somebody has decided.
#pragma once

namespace skilltrail::projections {

template <class... Visitors>
struct Overload : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overload(Visitors...) -> Overload<Visitors...>;

template <class T>
struct IgnoredOne {
  void operator()(const T&) const {}
};
template <class... Ts>
struct Ignored : IgnoredOne<Ts>... {
  using IgnoredOne<Ts>::operator()...;
};

}  // namespace skilltrail::projections
