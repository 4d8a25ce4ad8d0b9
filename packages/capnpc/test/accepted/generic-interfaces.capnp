@0xabcdefabcdef0003;
interface I(X) { a @0 (y :X) -> (); b @1 [T] (t:T) -> (); struct N(Q) { x @0 :Q; y @1 :N; z @2 :N(X); }  interface J { c @0 (y :X) -> N(Text); } d @2 () -> (r :I(Text).J); }
struct S { a @0 :Int8; u @2! :union { x @1 :Int8; y @3 :Int8; } g :group { h @4 :Int8; } }
enum E {}
