@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A(T) { using L = List(A(T)); a @0 :L; b @1 :A(Text).L; using U = T; c @2 :A(Text).U; d @3 :U; e @4 :A.U; f @5 :A.L; using A2 = A; g @6 :A2; h @7 :A2(Text); using I8 = Int8; i @8 :.A.I8; j @9 :.A(Text).I8; }

struct After {
  first @0 :Text;
}
