/**
 * The characters of names that look like others: confusables.txt of Unicode 17.0.0, without what names cannot contain and
 * what NFKD replaces alike. Made by scripts/confusables.ts; read by skeleton.ts, which says how. The data are
 * © 2025 Unicode®, Inc., under the licence in confusables-license.txt beside this file.
 */
export const confusables =
  "11k+13:414 11k+53:40q 11k:3mo,dq,skn 11w:8u8 121:jj 12:x2w 12p:3o4 13+13:je,1g,lg 13+1u:ap 13+1w:ay 13+2" +
  "8:bo 13+2c:bw 13+2h:c3 13:jd,2,1,1,1,a,2,1,lq,ez,1,2fp,hu,slc,13gl,1 13q:14d 13s:14e 13t:148 13u:144 16:" +
  "1f6n 17:1f2z,193i 17m:1e9t,1 17s+17y:1du3,3r 17s+190:1pd 17s+1cr:1g1 17s+1cy:1py 17t:1c3 17u+li:1q7 17u:" +
  "1a2 17x+190:1a9,6p 17x+1cr:1ad 17z+179:1ag 17z+1cr:1am,1 17z+le:1da 17z+mc+mb:1pq 17z:1f4x 181+179:1ap 1" +
  "81+190:1gs 181+1cr:1aw 181+le:1db 181+li+lj:1q1 181+li:1aq 182+le:1pu 183+1cr:184 183+le:1ha 185+1cr:1b2" +
  " 185+mc+mb:1pr 185:1f5e 187+1cr:1b3 187:1f54 18:wl5 18h:1bb 18j+1cr:1bh,52 18j+li:1qa 18j:1bd,1 18k+17m:" +
  "1ed1,1 18k+1cr:1br 18k+30+19w:1ed3,1 18k+li:1bp 18l+1cr:1pj 18m+179:1go 18m+li:1gp 18m:1hhi 18o+19s:1c8 " +
  "18o+19w:1e9x,1 18o+1cr:1cb 18o+le:1c9 18o+li:1c6 18o+lv:1c7 18o:1pt,1df7 18p+179+li:1q8 18p+179:1a1,1u 1" +
  "8p+190:1pk 18p+19w+17w:1ds0,47 18p+19w+17x:1ds1,47 18p+19w+17y:1dw9 18p+19w+181:1dus 18p+19w+182:1dut 18" +
  "p+19w+18l:1ds2,2s,1g,1x 18p+19w+18m:1duv 18p+19w+18o+19s:1dro,1 18p+19w+18o+li:1drm,1 18p+19w+18o+lv:1dr" +
  "k,1 18p+19w+18o:1dri,1 18p+19w+18p:1drt,1,1,8,1,2s,1 18p+19w+1a3:1drq,1,1 18p+19w+30:1dre,1 18p+19w+33:1" +
  "drg,1,4u,1x 18p+19w:1ea1,1,1,1 18p+1cr+1cy:1pz 18p+1cr+li:1q6 18p+1cr:17v,k,1r,1r,k,3l 18p+le:18d 18p+li" +
  "+lj:1q2 18p+li:1ce,3s 18p+lm:1ov 18p:18q,10,24,i,6,dn 18s:1r9,3,9 18t:1rm 18w:lz,lf 19+lj:8tu,1 191:19b " +
  "19:8u2,1 19e:1de,w65 19f:1df,2n6e 19g:1dg 19i:1di 19l:1dl,ha,1hml 19s:lp 1a+18:wl7 1a+1a:wl6 1a3:1cg 1a8" +
  ":1hhj 1a:19c,40,v7s,1ncl 1ae+li:1q9 1ai+179:1aj 1av+179:1gx 1b5+1cr:1b8,4 1b5:19r,gc,1 1b6+1cr:1pg 1b:6d" +
  "g,2gy,1,oc,4b,5td 1bg:1gi 1bj+1cr:1bo 1bj:1ps 1c0:1dpg,1 1cj:1dps,1 1cr:59w,17r 1e+mt:cb 1e9e+18x:1dum 1" +
  "e9g+18x:1dun 1e9i+18x:1duo 1e9j+18x:1dyq 1e9k+18x:1dup 1e9l+18x:1dyr 1e9m+18x:1duq 1e9n+18x:1dys 1e9o+19" +
  "s:1dur 1e:br,g1,3br,sqt,4r,2z 1f+me:wo 1f3c:wwq 1f9e:1fbl 1f9v:1fbn 1f:c7,2t,e3,5l,w9,ao,6nn,14,8,o7y,1t" +
  ",mcf,h2p 1fa2:1kxk 1fde:x3u 1fei:x3v 1fg:1fm 1fgm:1fhc 1g+53:46o 1g4:1gn,8y 1g:3wu,1fj5 1ggu:1omx 1h1e:1" +
  "h4s 1h2d:1h4q 1h:cc,1j3z 1hiy:nc 1i:rw,1x,33x,4x0,1,9,1am1 1ik4+1iki+1ij6:1ij7 1ik4+1iki+1ijc:1ijd 1ik4+" +
  "1iki+1ijn:1ijo 1ik4+1iki+1ijt:1iju 1ik4+1iki+1ijw:1ijx 1ik4+1iki+1ijy:1ijz 1ite:1ivs,1 1itf:1ivu 1itg:1i" +
  "vv 1iuq:1ivw 1iur:1ivx 1j:1fiq,3xw 1jvp+1jvp+1jvz:1jvt 1jvp+1jvp+1jw0:1jvu 1jvp+1jvp:1jvs 1jvp+1jvz:1jvq" +
  " 1jvp+1jw0:1jvr 1jvv+1jvv+1jvz:1jvy 1jvv+1jvv:1jvx 1jvv+1jvz:1jvw 1jw3+1jvz:1jw4 1jw3+1jw0:1jw5 1jw3+1jw" +
  "3+1jvz:1jw7 1jw3+1jw3+1jw0:1jw8 1jw3+1jw3:1jw6 1jz6:1ue,6j 1jz7:1uf,6j 1jz8:1tz,74 1k8a:1k8i 1k:f6,1,1jb" +
  ",3k,49,1d07,19dd 1l:1yl,3e,75,ed,671,1,o83,mda,w,a 1m:k0,183,ao,uii,nvg 1o+53:405,4tr,1 1o:3zs,hm 1q+53:" +
  "401 1q:3zn,1wjw 1r:g1,2b,1d5,20h,t31 1s5+1tm:1v7 1s5+1tq+1jz8:1sj 1s5+1tq+1tm:1v8 1s5+1tq+1ty:1si 1s5+1t" +
  "q+1u0:1sk 1s5+1tq+li:1sh 1s5+1tq:1s6 1s5+1ty:1s4 1s5+1u7:1v9 1s5+li:1v6 1s9:204 1sf+1jz8:1sg 1sf+1ty:1se" +
  " 1sf+li:1sd 1sv:1zz 1sw:200 1sy:20b 1t+1t:x0y 1t+1x:5i,su 1t+27:x10 1t+2d:x12 1t+2e:x14,2 1t+2h:x18 1t0+" +
  "1u5+1t0:1zw 1t6+1u5+1sv+1jz8:1zj 1t6+1u5+1sv+1xb:1zb 1t6+1u5+1sv+20w:1zc 1t6+1u5+1sv:22a 1t6:207 1t9:20e" +
  " 1t:pd,3j,32y,ez,sa1,iia,lgg 1ta:20o 1tc+1u5+1s7:1s8 1th:1zp 1tl:20l 1tm:1i2z,1w5 1tp:24d 1tq+1tm:1tn 1t" +
  "q+li:1u1 1tt:24h 1tu:24i 1ty:217 1u0:214 1u5:219,3k 1u:pe,3k,34y,eb,4gb,nri,kk,hxq,v,2o 1us:x80 1uw:240," +
  "1k 1uy:25m 1v+13:av 1v+me:x6 1v2:25q 1v5:2mm 1v:s9,14,33y,4w5,nqu,iiw,2o,7n,7b,3wt,9 1vn:1z7,e8,3k,3k,3k" +
  ",j9,1fgp 1vp+1xa:1vq 1vv+1xf:1y8,1 1w+al:ck 1w+am:cl 1w+mt:5s,1s,3d 1w8:1imq 1w:3vk,fy,c,s89 1wa:1ims 1w" +
  "c:1imu 1we:1imw 1wf:1imx 1wh:1imz 1wj:1ine 1wk:1in2 1wl:1in3 1wm:1in4 1wn:1in5 1wo:1in6 1wq:1in7 1ws:1in" +
  "d 1wu:1inb 1wv:1inc 1ww:1yo,1gor 1wy:1in1 1x+mw:g6 1x3:1inh 1x4:1ini 1x9:1io4 1x:ph,3k,32v,51p,nnb,ihi,4" +
  "dc,8 1xa:1ink 1xb:1tr,74,1gmq 1xj:1int 1xp:1io2 1xz:1inx 1y+me:b5 1y:rg,3iw,sa1,jf,hyn,u,hs,3ul,w 1yf:1i" +
  "oh 1yg:1ioi 1yk:1iom 1z+13:b7 1z+mt:dg 1z9+1u0:1zk 1z9+20u:1za 1z9+218:1zo 1z:zw,2wk,1f,smb 20+me:xz,2 2" +
  "0+mh:wy,7ut 20+mt:86 20:pj,3q,332,ch,4k2,nrt,ijs 20oj:g2a 22+53:42h 22+mt:g8 22:ov,3t,337,6a,si4,k9 22b+" +
  "1jz6:1zd 22b+1jz7:1ze 22t+24e+24l:235 22t+24e+24n:237 22t+24e+24o:238 22t+24e:22u 22t+24l:231 22t+24n:23" +
  "3 22t+24o:234 23+13:bc 23+mh:wq,7v3 23+mt:wu,w4i 23:pm,3k,34c,kv,4an,nr7,j0h 24+mw:8x 24:3xa,5o,4rq,npt," +
  "it6,7f,3ul,f,h2c 25+me:y5 25:po,2m,y,32z,ft,6e,4aq,nrb,ij5,2p 26+me:bh 26:pp,83h,nra,j03 26d+27y:26e 27+" +
  "13:3vo 27+1x:9e 27+27:wwo,52 27+mt:bj,e1,w,56,3a,2xi,19,4v9,4h,o49 27+mw:60,8rt 27:1c,of,3j,8n,h7,o0,cm," +
  "162,53i,52,j7,n3g,ihr,p,9l,5a,2c,3vj,17,zk 28+13:41y 287:375 28:pt,3j,342,3v,4s5,18,npf,iis 29:8yd 29x:2" +
  "cu 2a0+2bl:2cr 2a0:2b4,e 2a1+2b7:2a2 2a1+2mv:2kq 2a1:2co,81 2a6:2ct 2a8:2ak,ao 2a:bq,3jv,1d,c5,sbg,ixd,l" +
  "1d 2ad:2cn 2ai+2bl:2cs 2ai+2bm:2cy 2ai:2cq 2an+2bj:2m2 2ar+2ml:2nu 2ar:2lf 2ax:2bs 2b2:2lh 2b3:2cw 2b7:2" +
  "c7 2b8:2lw 2b9:2l2 2b:sl,96,2va,5,snc,iic,ay,l5m 2ba:2bc,am 2bj:2m7,1 2bq+2bq:2mg 2bq+2ku:2kw 2bq:2me 2b" +
  "r:2mf 2c+1f:x0o 2c+mg:by 2c+mh:x8 2c+mt:9y 2c+mw:fy 2c:pw,3i,328,4xw,nqm,iir,q,2s,49z,h1q 2d+13:413 2d+5" +
  "3:40o 2d+mt:g4,3go 2d:11p,2ib,gc,sko,ixm,3xm,h3e 2dh:2h1 2di:2h2 2dj:2h3 2dk2:fim 2dn+2f2:2g0 2do+2f2:2g" +
  "1 2ds:2hc 2du+2fg:2dw,3k 2du+2fp:2dv,3k 2du:2he 2dz:2hj 2e+53:3zv 2e4:2ho 2e5:2hp 2e6:2hq 2e7:2hr 2e9+mb" +
  ":2ea 2e:vo,dv,40,2jm,2e,4y1,nn2,e1,im6,3ur,h2g 2eb:2hv 2ee:2hy 2ef+14s:2ed 2eg:2i0 2ek+mb:2el 2en:2i7 2e" +
  "o+14s:2e8 2eo:2i8 2ep:2i9 2eq:2ia 2er:2ib 2et+2f2:2ex 2et+2f5:2em 2et+mb:2ev 2f3:2in 2f5+2f2:2f6 2f5:2ip" +
  " 2f7+2f2:2f8 2f7:2ir 2f:10c,2vr,x,snq,mws,9 2fw:2jg 2g+mh:xe 2g7:2jr 2g8:2js 2g:pz,3i,3o2,4c5,4x,nm6,js," +
  "hy5,10,2r,b,ed,3wl 2gf:2jz 2h+mt:ge,gy 2h8+2im:2jl 2h:px,3i,3v,2yj,k,4x7,nr8,iiu,4c2,h3z 2hi+mb:2dy 2i+m" +
  "e:f8 2i+mt:c5 2i:pi,371,snt,il5,4ac,1o 2k:fg6 2kn+2mv:2ko 2ky+2m6:2kz 2ky+2mv:2l0 2la:2n5 2li+2ml+2ls:2n" +
  "f 2lk+2m9:2ks,d 2lk+2ml+2lk:2ng 2lk+2ml+2lq:2my 2lk+2ml:2nj,c 2ls+2ml:2ne,i 2ls+370+37d+2ls+370:36r 2ls+" +
  "370:35s 2ls+37i:39d 2ls:2lt,k1,5y 2lu+2ml:2nx 2lv+2ml:2ny 2lx+2ml+2ls:2ni 2m1+2ml+2lq:2nq 2m9:2ma,1 2m:j" +
  "q 2n:1kq 2oh+2q2:2oi 2oh+2qh:2oj 2oh:2ph 2ok:2pl 2or:2pi 2ow:2ps 2oy:2qy 2p+2p:x0z 2p+2t:6e,rz 2p+33:x11" +
  " 2p+39:x13 2p+3a:x15,2 2p+3d:x19 2p:gh,9s,3j 2pb:2qz 2pj:2pw 2pv+2qg:2od 2q+13:420 2q+30:tn 2q+53:41r 2q" +
  "+lg:aq,1,i6 2q+lj+53:41t 2q+lj:41f 2q+lw:gj 2q+mt:ao,ki,1,15,1 2q6l:7ai 2q:as,iw,337,4j,8t,1w5j 2qw+2q7:" +
  "2qx 2qw+2qb:2r3 2r+me:x7 2r+mw:fw 2r:s2,27,2bn,2e,2i2,335,p3e,hhq 2rm:2rn 2ro:2s4,1 2rq:2sh 2rs:2vc 2ru:" +
  "2rv 2ry:2rz 2s+13:41z 2s+3e:ir 2s+53:41n 2s+am:cm 2s+f1:is 2s+i9:it 2s+lg:b0 2s+lw:gn 2s+mg:gm 2s+mt:7l " +
  "2s1:2s7 2s:zl,2xy,3s,sir 2sa:2vu 2sb:2vv 2sd:2vx 2se:2vy 2sf:2vz 2sg:2sm 2si:2vh 2sy:2th 2t+mg:xr 2t+mw:" +
  "g7 2t0:4on 2t1:4oo 2t2:4op 2t3:4oq 2t4:2wo 2t5:2wp 2t:tx,3s,wvp 2tc+2tc:2td 2tk:2x4,1s3 2tl:2x5 2tm:2x6 " +
  "2tn:2x7 2u+32+mh:ix 2u+ms:5ta 2u:an,j,s2,4yh,r24,po 2v+lw:gw 2v+mt:dh 2v:b1,5w,m8,4qq 2w+lw:h2,3gs,syr 2" +
  "w+mt:87,ms 2w:xn,51,2tu 2x+mt:h4,5cj,1 2x:8h,8o,1,7k,1r,4d,8c,2sj,4xa,o1g,10u,lla 2xm0:2xlz 2y+mt:g9 2y:" +
  "s3,2t 2z+lw:bd 30+13:169 30+18k+18k+18x+19s+33:1e5u 30+191:19v 30+19w:19u,1d01,1 30+27:tq 30+30:ch,tr 30" +
  "+37:iy 30+3e:iz 30+53:8v,3ug 30+f1:ha 30+mg:h9 30+ms:h7 30+mt:bb,3 30+mw:8y 30:1d,o,99,16,d5,31,56,f,7a," +
  "a,20,1m,40,61,2yf,4b5,59,nmr,ihk,3j,n,5a2,7,fyh,3i,o0v 31e:31m 31k+324+326:2yo 32+mg:hf 32+mh:97,2b,ex,c" +
  "b 32+ms:5tc 322+322:323 324+324:325 32:12w,4 33+2ls+33:2n3 33+2t:9f 33+33:wwp,52 33+370:368,5j 33+5qf:hi" +
  " 33+le:1dr 33+m3:xv8 33+mt:hh,e6,3a,7u0,o8q,ub,19 33+mw:6w,xmu 33:qn,4,16,29,93,2k,2u,u,2h,3,k,w,hd,3k,3" +
  "k,3k,3k,3k,s,2s,s,3k,u,1y,s,5q,3k,99,z,5b,1cx,10v,2,32m,p0e,hkf,5a,352,s8,f 33a7:3tby 34+53:41j 34+lw:bp" +
  " 34+mt:5tp 34:72,5d,ea,1j,20,7z7,18 35+lw:io 35:10b,20,3 35v+37i:38w 36+13:wh 36+32+me:hd 36+32+ms:5tb 3" +
  "6+32:31,1j0z,df 36+mg:hp 36+mh:ho 36+ms:5te 36+mt:gd,g6 36:tv,4xf,31b,p1e,1,1l 36d+370+37i:38v 36d+370:3" +
  "6n 36d+37i:38m 36j+37i:38h 36m+37g+287+370+37e:36y 36m+37g:36x 37+mg:hu 37+ms:5tg 37:cd,ig,1qi,ufm,vt,hi" +
  "6,41l 37dg:3rnp 37l:38l 38+2u:x2v 38+37:iu 38+f1:x0p 38+gl:iw 38+hv:iv 38+lw:bx 38+ms:5th 38+mt:9z 39+2t" +
  ":5t7 39+33:xur 39+mh:v3 39+mt:5tq,s2m 395l:395m 399+37i:39a 39:i3,8q,c8,4nz,rcz,q7,4,hpg,3xe 3a:ql,54,9v" +
  ",4lk,s5l,l7h,ca 3b+lj:1io5 3b+me:x29 3b+w6+w7:vx 3b:hb,d5,p,58,1w,4ow,330,p1i,l8n,4,1 3c:ud,3cs,1o 3cw+3" +
  "cw:3cx,4o 3cw+3cy:3ju 3cw+3cz:3fe 3cw+3d1:3ib 3cw+3d3:3jv 3cw+3d5+3cw:3ic 3cw+3d5:3hm 3cw+3da:3jw 3cw+3d" +
  "b:3jx 3cw+3de:3jy 3cw:3hk 3cy+3cw:3df,4y 3cy+3cy:3dg,6j 3cy+3cz:3dh,4x 3cy+3d1:16mj 3cy+3d3:3di 3cy+3d5:" +
  "3ff,30 3cy+3d8:3fg,28 3cy+3da:16mk 3cy+3dc:3ih 3cy+3de:3fh,28 3cy+3eo:3ig 3cy+3fy+ffs:mkf 3cy:3hn 3cz+3c" +
  "w:3dj,4z 3cz+3cz+3d3:16mm 3cz+3cz:3d0,139l 3cz+3d1:3fi,31 3cz+3d2:xgg 3cz+3d3:xgh,966 3cz+3d5+3cw:16mp 3" +
  "cz+3d5:xgi,966 3cz+3d8:xgj,967 3cz+3da:16mr 3cz+3dc:16ms 3cz:3hq 3d+lw:c4 3d+mt:gf,gy 3d1+3cw+3cw:xgl,96" +
  "8 3d1+3cw+3d5:3ik 3d1+3cw+3de:16mu 3d1+3cw:3hs,tys 3d1+3cy:3dk,51 3d1+3cz+3cz:xgn 3d1+3cz+3de:3in 3d1+3c" +
  "z:3im,ty0 3d1+3d1+3db:16mv 3d1+3d1:3dl,53 3d1+3d2+3cw:3ip 3d1+3d2+3d5:3iq 3d1+3d2+3de:16mw 3d1+3d2:3ht,t" +
  "yv 3d1+3d3+3cz:16mx 3d1+3d3+3d3:xgq 3d1+3d3+3d5:3ir 3d1+3d3+3d7:3it,txy 3d1+3d3+3dd:16my 3d1+3d3+3de:3is" +
  " 3d1+3d3:3hu,tyv 3d1+3d5+3d5:3iu 3d1+3d5:3hv,tyx 3d1+3d7:3dn,139e 3d1+3d8:xgt 3d1+3db:3iw,txy 3d1+3dc:3h" +
  "w 3d1+3dd:3hx 3d1+3de:3dm,x,3f,135o 3d1+3eo:3iv 3d1+3f0:16mz 3d1+3fd+3de:16n0 3d1+3fd:3ix 3d1:3hr 3d2+3c" +
  "w:3iy,txx 3d2+3cy+3cy:16n3 3d2+3cy:16n2 3d2+3cz:xgw 3d2+3d1:3iz 3d2+3d2:16n4 3d2+3d3+3d5:16n5 3d2+3d3:3d" +
  "o,5c 3d2+3d5+3d5:3j2 3d2+3d5:3j1,txw 3d2+3d7:3dp,5h 3d2+3d8:16n6 3d2+3da:3j4 3d2+3de:3j5 3d2+3eo:3j3 3d2" +
  "+3fl:ggv 3d2:3hz 3d3+3cw:3dq 3d3+3cy:3dr 3d3+3cz:3ds,139f 3d3+3d1+3dd:16n8 3d3+3d1:3j7 3d3+3d2:16n9 3d3+" +
  "3d3+3d7:3e4 3d3+3d3:3d4,13a6 3d3+3d5+3cw:3du 3d3+3d5+3cz:3dv,139g 3d3+3d5+3d3:3dw 3d3+3d5+3d5:3dx 3d3+3d" +
  "5+3d8:3dy 3d3+3d5+3dc:xgy 3d3+3d5:3dt,48 3d3+3d7:3e3,57 3d3+3d8:3dz,139d 3d3+3da:3e0,139d 3d3+3db:xgz 3d" +
  "3+3dc:3e1 3d3+3dd:3e2,56 3d3+3de:3j9,txr 3d3:3i0 3d5+3cw:3e5,56 3d5+3cy:3e6 3d5+3cz:3e7,55 3d5+3d1:3e8,5" +
  "5 3d5+3d2:3e9,1395 3d5+3d3+3cw:3eb 3d5+3d3+3d7:16nf 3d5+3d3:3ea,54 3d5+3d5+3cw:16ng 3d5+3d5+3cz:16nh 3d5" +
  "+3d5+3d3:xh1 3d5+3d5+3d5:3ec 3d5+3d5+9oc:fff 3d5+3d5:3d6,4x 3d5+3d7:3ed 3d5+3d8:3ee,1395 3d5+3da:3ef,139" +
  "5 3d5+3db:3eg 3d5+3dc:3eh,1394 3d5+3dd:3ei 3d5+3eo:16ni 3d5+9oc+3cw:fka 3d5+9oc+3d2:glk 3d5:3i2 3d7+3cw+" +
  "3cw:3jh 3d7+3cw:3ep,4r 3d7+3cz:3eq 3d7+3d1:xh2 3d7+3d2:3er 3d7+3d3:3es 3d7+3d5:3et,4s 3d7+3d7:3ev,4n 3d7" +
  "+3d8:3ew 3d7+3da:3ex 3d7+3db:3jj 3d7+3dc:3ey 3d7+3dd:3ez 3d7+3de:xh3 3d7+3eo:3eu,4s 3d7:3i4 3d7s:3d7h 3d" +
  "8+3d3+3d3:16ns 3d8+3d3:16nr 3d8+3d7:3f1 3d8+3d8+3de:xh4 3d8+3d8:3d9,13ak 3d8+3ft:ff9 3d8:3i5 3d:gz,18,84" +
  ",40,30,2ew,2hx,ab,2p6,p0x,lmq 3da+3db:3f6 3da+3de:3f7 3da:3i6 3db:3i7 3dc+3dc:xh5 3dc+9oc+3cy+3d8:tiv 3d" +
  "c:3i8 3dd+3d3:3fa,4d 3dd+3d5:16nu 3dd+3d7:3fb,4d 3dd+3dc:16nv 3dd+3de:xh6 3dd:3i9 3de+3cy:3jp 3de+3d1:3j" +
  "q 3de+3d2:3jr 3de+3d3:3js 3de+3d5:xh7 3de+3de:3fc 3de:3ia 3e+me:f9 3e+mg:i8 3e+ms:5ti 3e+mt:c6 3e:5r6,s4" +
  "x,lkh 3eie:3eo6 3ek+3ek:3el 3em+3em:3en 3eo+3d3+3d7:16no 3eo+3d3:16nn 3eo:3jf 3f0+3d2:16np 3f0+3de:16nq " +
  "3f0:3jk 3f2+3f2:3f3 3f4+3f4:3f5 3fd+3fd:xh8 3fd:3jt 3fl+3ft:3g6 3fl+3fy:3g7 3fl+9oc:3hf 3fl+ffs:3fm 3fn+" +
  "3ft:3g8 3fn+3fx:3g9 3fn+3fy:3hg 3fn+ffs:3fo 3fp+3ft:3ga 3fp+3fy:3gb 3fp+9oc:3gc 3fp+ffs:3fq 3fr+3fn:3hh " +
  "3fr+3ft:3gd 3fr+3fy:3ge 3fr+ffs:3fs 3ft+3fl+ffs:3fv 3ft+3fl:3fu 3ft+3fn+ffs:3hj 3ft+3fn:3hi 3ft+3fp+ffs:" +
  "3gg 3ft+3fp:3gf 3ft+3fr+ffs:3gh 3ft+3fr:16ls 3ft+3ft+ffs:16lt 3ft+3ft:3gi 3ft+3fy:3gj 3ft+ffs:3fw 3fx+3f" +
  "l+ffs:16lv 3fx+3fl:16lu 3fx+3fn+ffs:3gl 3fx+3fn:3gk,2 3fx+3fp:16lw 3fx+3ft:3gn 3fx+ffs:3go 3fy+3fl+ffs:3" +
  "gq 3fy+3fl:3gp 3fy+3fp+9oc:3gr 3fy+3fp+ffs:3g0 3fy+3fp:3fz 3fy+3fr+ffs:3gs 3fy+3fr:16lx 3fy+3fy:3gt 3fy+" +
  "ffs+ffs:16ly 3fy+ffs:3g1 3g2+3fl+ffs:16lz 3g2+3fl:3gu 3g2+3fp+ffs:3gw 3g2+3fp:3gv 3g2+3fr+ffs:3gy 3g2+3f" +
  "r:3gx 3g2+3ft:16m0 3g2+3fy:3gz 3g2+ffs:3h0 3gz2:dxx 3ha+3fl:16md 3ha+3fp+ffs:16me 3ha+3fp:3hb 3ha+3fy:3h" +
  "c 3ha+3ha:3he 3ha+ffs:3hd 3k6:11g 3mp:11o 3ou:117 3s3:11m 3tbz:j7c 3y9+3z4:3zf 3y9+53:3yl 3yc+53:3yp 3yd" +
  "+3z4:3zh 3yd+53:3yr 3ye+53:3yt 3yi+3z4:3zi 3yi+53:3yw 3yj+53:3yy 3z2+4wv:4wt 3z5:441 3zd:474 3zm+53:3zz " +
  "3zo+53:403 3zt+53:407 40f+53:40s 40g+13:415 40g+53:40u 40h+53:40w 40l+13:416 40l+53:40y 40m+53:410 417+1" +
  "3:41x 417+53:41h 41a+53:41l 41c+53:41p 421+53:42b 421:4cj 423+53:42d 424+53:42f 426+53:42j 428+53:42l 42" +
  "8:4ci 429+53:42n 42r+53:431 42u+53:435 42v+53:437 42w+53:439 42z+53:43d 43k+53:43u 43m+53:4w7 43n+53:4w9" +
  " 43o+53:4wb 43p+53:4wd 43r+53:43w 43s+53:43y 443+53:44d 443:4ck 445+53:44f 446+53:44h 447+53:44j 448+53:" +
  "44l 44a+53:44n 44a:4cn 44b+53:44p 44t+53:453 44v+53:455 44w+53:457 44x+53:459 44y+53:45b 450+53:45d 451+" +
  "53:45f 45n+1o:45o 45n+2q:45q 45n+40l:45p 45n+428:45r 45s+53:460 45t+53:462 45u+53:464 45v+53:466 45w+53:" +
  "468 45x+53:46a 45y+53:46c 46g+53:46q 46h+53:46s 46i+53:46u 46j+53:46w 46l+53:46y 46m+53:470 477+53:4ww 4" +
  "77:4de 47a:4df 47e:4dg 47g+53:47j 47k+28:48v 47k+2q+lj:490 47k+2q:48z 47k+2s:48x 47k+417:4fj 47k+418:48u" +
  " 47k+41a:48w 47k+41c:48y 47k+41v:491 47u+53:47w 47y+53:4wz 486+53:4x0 487+53:489 48b+53:4x1 492+53:4x4 4" +
  "9h+22:49d 49h+421:4fk 49h+422:49a 49h+423:49b 49h+424:49c 49h+426:49e 49h+428:49f 49h+429:49g 49i+22:4fn" +
  " 49i+423:4fl 49i+424:4fm 49i+426:4fo 49i+428:4fp 49i+429:4fq 49j+53:4x6 49z+53:4fr 4a0+53:4fs 4a1+53:4ft" +
  " 4a2+53:4fu 4a3+53:4fv 4a4+53:4fw 4a5+53:4fx 4bl:wl3 4c4+53:4xc 4d7+53:4xe 4ee:5vf 4f4:wkt 4hl:wxc 4ho:4" +
  "ip 4hp:4hu 4ik:1f2s,4df 4iu:1fio 4j3:8yr 4k5:4l0 4ne:4nj 4o2:4o3 4s5:4t1 4t8:4uu 4wk:5ve 4wm:5ry 4wv+3z2" +
  ":4ws 4xf:kh 4xg:j7 4xh:ki,4c9,s9i 526:53k 52p:53l 53+11k:40p 53+1g:46n 53+1o:404 53+1q:3zr,9 53+22:42g 5" +
  "3+24:43a 53+28:41i 53+2d:40n 53+2e:3zu 53+2q+lj:41s 53+2q:41q 53+2s:41m 53+3y9:3yk 53+3yc:3yo 53+3yd:3yq" +
  " 53+3ye:3ys 53+3yi:3yv 53+3yj:3yx 53+3zm:3zy 53+3zo:402 53+3zt:406 53+40f:40r 53+40g:40k,9 53+40h:40v 53" +
  "+40l:40x 53+40m:40z 53+417:41g 53+41a:41k 53+41c:41o 53+421:42a 53+423:42c 53+424:42e 53+426:42i 53+428:" +
  "42k 53+429:42m 53+42r:430 53+42u:434 53+42v:436 53+42w:438 53+42z:43c 53+43k:43t 53+43m:4w6 53+43n:4w8 5" +
  "3+43o:4wa 53+43p:4wc 53+43r:43v 53+43s:43x 53+443:44c 53+445:44e 53+446:44g 53+447:44i 53+448:44k 53+44a" +
  ":44m 53+44b:44o 53+44t:452 53+44v:454 53+44w:456 53+44x:458 53+44y:45a 53+450:45c 53+451:45e 53+45s:45z " +
  "53+45t:461 53+45u:463 53+45v:465 53+45w:467 53+45x:469 53+45y:46b 53+46g:46p 53+46h:46r 53+46i:46t 53+46" +
  "j:46v 53+46l:46x 53+46m:46z 53+477:4we 53+47a:4wf 53+47b:4wg 53+47c:4wh 53+47d:4wi 53+47f:4wj 53+47g:47i" +
  " 53+47u:47v 53+487:488 53+4vl:4vn 53+4vo:4vq 53+4vs:4vt 53+4w0:4w2 53+53+53:8y0 53+g5:3zw 53+pf:432 53+p" +
  "g:3ym 53:3zb,t48 56:5si,m6 56t:58g,g 5ae:5ax 5ag:2o6m 5ay:5wo 5az:92m 5b9:5bb 5bd:m2 5cd:5ea 5ch:5eb 5d4" +
  ":5eg 5q8:xve 5qd:xv4 5qf:xvg 5qi:xvf 5qm:on,5d,1el1 5qw:5rd,s5l 5qx:un 5qz+mh:x9 5qz:qs,3i,7z9,p1n 5ro:5" +
  "tk 5sb:5un 5sd:5uq 5wf:92g 61r:qc,ca,361,4me 61v:61m 66:s7,1eq5 67:qa,37i,23y,r2v,x 6i1:wvj 6k2:4ad,sa1 " +
  "6pu+mt:6o,2od9 6pu:2ojw 6pz:1jfs 6qo:2ojs 6sh:8tz 7sc:9jj,2pw9 7sw:76o 7sx:76p 7sy:76q 7sz:76r 7t0:76s 7" +
  "t1:76t 7t2:76u 7t3:76v 7t4:76w 7t5:76x 8o+mh:wr 8o+mt:wv 8o:qi,3k,4wh,32i,p41 8qn:xhu 8rv:8ss 8rw:8st 8r" +
  "z:4as,sa3 8s0:1fdr 8s5:og,37c,8,t1d 8s6:xvk 8xs:1f3s 92k:5wu 9ko:9nc 9oc+3fl:16m1 9oc+3fp+ffs:16m3 9oc+3" +
  "fp:16m2 9oc+3ft:16m4 9oc+3fy:3h1 9oc+9oc:3h2 9oc+ffs+3fy:3h3 9oc+ffs:3g4 9oc:3g3,byl,hrr ako:dcr app:beb" +
  " at+2x:uj at:uk,x1v,12k2 au:sd,5ty,py0,itk b2:8xm,nnb b3:yg b4:100,2wr,1bg6,l64 bi9:jrd bmi:kc6 bp1:ph2 " +
  "bp6:imo bp7:dgg bs3:kx5 bs:rt,4zf,r35 bt:pv,886 bv:3wf c1:4dq,6 cop:vk3 cov:k83 d9+33+mt:xtu d9+33+mw:xt" +
  "t d9+33:5qs d9+ke:gq d9:gp,hs dhf:kdi dy:zu dyu:ra6 f1:ia,gf,2du,5hu,8,o7y ffs+3fl:3h4 ffs+3fn+3ft:16m5 " +
  "ffs+3fn+ffs:16m6 ffs+3fn:3h5 ffs+3fr+ffs:16m8 ffs+3fr:16m7 ffs+3ft+ffs:16m9 ffs+3ft:3h6 ffs+3fx:16ma ffs" +
  "+3fy:3h7 ffs+3g2:16mb ffs+3ha:3h9 ffs+9oc:3h8 ffs+ffs:16mc ffs:3g5 fik:9mz fjv:9lw fp1:fsy fr:12t ftw:fu" +
  "k g1r:9pi,1qz0 g2:xvi g2z:9n3 g5+53:3zx g5+me:xx g5+mw:x5o g5:pn,3k,gd,40,2m1,4xy,nn2,dl,7g,hwz,f7,l1p g" +
  "6t:2ues gb:5u8 gbf:9m3 ggh:3yht ggs:9mw gk+2t:xuq gk+mw:xtr gk:or,51x,vo,18sn gkj:9nx,7hm gs+me:wp gs:tz" +
  ",4wh gu:1feq gur:gv3 gy:zx,2y6,txx h7j:hkb hc:12y,2i1 hg:8t7 hgh:hgr hij:hkv hj:1fen hk:qu,3i,7zb,1h,1 h" +
  "kn:2xbn hlh:9mn hlm:2xdz hq+ms:5tf hs:xv5,1d hv:xu5 hwv:hz4 i2+mt:5tr i4:5rb,31s,16pt i5+me:y6 i5:u4,4wh" +
  ",32k,p2m ib:8t9 ibk:3tbu ig:8yh,nwv,imz ih:tu,34a,4uf ii:x3x,ia5 ijp:9m0 ik+me:y0,2 ik+mh:wz ik:u5,7yq,p" +
  "30 ild:ilu in:8up,p25,hhx ip:wy5 ivu:30g5 jee:jeg jl:kk jt+2q+2x:wup jt+2q:ui k7u:k89 kcs:peu kcv:pg0 kc" +
  "w:pfu kcz:phd kd4:pif kdf:plz kfi:kjj kv1:kyv lc:1ub ld:13w,1,3f,1i,6x,el le:lt,ne,b7,44i,ra8 lf:n6,lt l" +
  "g+lg:5bc lg:lh,no,b6,3qv,ds,ra7 li+lj:ls,rc,ex,3k,74,3k,73,3l,3k,1g3i li:lo,2q,kq,2,kr,v1z,n3e lj:ns,gx," +
  "1,7,1,2,88,2c,1,4s,71,o,74,3k,97 lk:1kj,6w ll:9ik lm:o6,g9,4j,3x,wz,jv,3k,a1,1hs,d,4d3,j4,18py lmt:358g " +
  "ln:18r,it lq:5p6 lu0:lzt lu:193 lv:lx,lg,1i,is lw:199 ly:5pp mb:14k,h,47,i9,27,3k,3k,3k,3k,3hd,1avx,1hs," +
  "l5 mc:1ri,3xs md:307,6ie me:m9,6,i mg:ma,z,4mq mh:192,4g6 mj:5p1 ml:5p5 mm:5p4 mp:m8,182 mr:nb mt:mu mud" +
  ":37jx mw:mv nk:nr,141,7 nm:1s0 no:1rt np:1ru npw:nrj o3:92u o4:92v o8:92l of:92n or9:os6 ouf:4dq4 pf+13:" +
  "wg pf+53:433 pf+mt:wi pf:sz,332,6s,4pr,1rpf pg+3z4:3zg pg+53:3yn pg:3yb,4ub,62,163p,u,lfb ph8:pj5 pq:8ty" +
  " ps:tb,801,o57,13gr py:tg,8f,2jx,xc,4ai,16a1 q0:vk,3mw,4ba,169z,f0 q1:4dr,6,1apt q6l:qbj qif:qip qj+mw:b" +
  "f qj:8t2,ocl,idc qo:u7,4x5,321,1rmo qq:rf,81c qv:8tp,p0m,2 qw:vl,7y6,16q2 qx:8tt,o0s,a2 ram:rct rb:8v8 r" +
  "c:1f3h,2t rk6:rkf rq4:rqb rvf:3b2s ry7:rye s11:s1m s5z:s63 s8v:s9z sc:8u9 slq:sm6 sr:1fil st+me:wa t2+mh" +
  ":wm t4:om,w8b,ih0 t65:t66 tj:ro tk:8u4 tm+30:wuo trr:trs ty+mh:wn u1+me:wb u3+me:xy u3:5rf uf:rp,1c5,1t " +
  "ux:xuo v4+53:4x9 v4+w6+w7:vw v4:3wn,fc v9e:v9f vdd:vde wk5:x4h wkk:x3y wl2:1fdd,l5h wuk:8ts,oau wuw:20ik" +
  " wvd:1fjf x0n:x3p x1a:sf x1b:ot x2o:6ex x2x:x2y x3a:3a8 x3m:sk,804 x3n:gr,9m,4f,59,7so,p3m,hhq,42t x5a:i" +
  "d,wmy x5f:x5e x5h:x5g x6j:4af x:cj,8lq xdn:1i3g xi5:xib xi:y3 xj:y4 xkx:xn7 xlv:xna xo+mg:xq xv:1fi4";
