@0xabcdefabcdef0001;
# File doc.
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("foo");
struct A(T) { # doc of A
  # second line
  a @0 :Int8; # doc a
  b @1 :T;
  struct C { x @0 :T; y @1 :A(Text).C; z @2 :A(C); w @3 :C; }
  union { 
    # doc u
    c @2 :Int64; d :group { # doc d
      e @3 :Bool; } }
  f :union { g @4 :Void; h @5 :Text = "hi"; }
  # doc f
  const k :Int32 = 5;
}
interface I { m @0 [T] (x :T) -> (y :T); 
 # doc m
 n @1 A(Text) -> stream; }
annotation foo @0xfedcba9876543210 (struct, field) :Text;
# doc of foo
enum E { p @1; # p
q @0 $Cxx.name("r"); }
