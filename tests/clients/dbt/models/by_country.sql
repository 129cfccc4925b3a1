{{ config(materialized='table') }}
select c.code, c.name, count(o.id) as orders, coalesce(sum(o.amount), 0)::numeric(12, 2) as amount
from {{ ref('countries') }} as c
left join {{ ref('stg_orders') }} as o on o.country = c.code
group by 1, 2
